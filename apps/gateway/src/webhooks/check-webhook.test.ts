import { ServiceError, webhookSecretSchema } from '@shoal/shared/contract';
import { assert, property, uint8Array } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkWebhook, type WebhookSettings } from './check-webhook.ts';

const secretOf = (bytes: number): string => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;
const own = secretOf(24);
const bare: WebhookSettings = { SHOAL_WEBHOOK_PRIVATE: false, SHOAL_WEBHOOK_SECRET: undefined };

function refusal(url: unknown, secret: unknown, settings = bare): string {
  try {
    checkWebhook(url, secret, settings);
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'options_invalid') return error.message;
    throw error;
  }
  throw new Error('it was taken');
}

describe('the receiver', () => {
  test.each([
    ['https://example.org/hook?a=b', 'https://example.org/hook?a=b'],
    ['http://example.org', 'http://example.org/'],
    ['HTTPS://Example.ORG:443/', 'https://example.org/'],
    ['https://example.org:8443/hook', 'https://example.org:8443/hook'],
    ['https://93.184.215.14/hook', 'https://93.184.215.14/hook'],
  ])('may be %s', (url, stored) => {
    expect(checkWebhook(url, own, bare)).toEqual({ url: stored, secret: own });
  });

  test.each([
    ['nothing', undefined, /^webhook: expected a URL like/],
    ['a number', 7, /^webhook: expected a URL like/],
    ['several', ['https://a.test/', 'https://b.test/'], /^webhook: expected a URL like/],
    ['a path', '/hook', /^webhook: expected a URL like/],
    ['another scheme', 'ftp://example.org/', /^webhook: expected http:\/\/ or https:\/\/, came ftp:$/],
    ['a script', 'javascript:alert(1)', /^webhook: expected http/],
    ['one with a password', 'https://a:secret@example.org/', /^webhook: expected a URL without a name/],
    [
      'a port of mail',
      'http://example.org:25/',
      /^webhook: expected port 80, 443 or one from 1024, came 25$/,
    ],
    [
      'a very long one',
      `https://example.org/${'a'.repeat(2_048)}`,
      /^webhook: expected at most 2048 characters/,
    ],
    [
      'a private literal',
      'http://10.0.0.1/',
      /^webhook: expected a host on the Internet, came a private address$/,
    ],
    ['one in other digits', 'http://0x7f.1/', /came a private address$/],
    ['one of IPv6', 'http://[::1]/', /came a private address$/],
    ['a mapped one', 'http://[::ffff:10.0.0.1]/', /came a private address$/],
    ['this very machine', 'http://localhost:8080/', /came a private address$/],
    ['this very machine below a name', 'http://a.localhost./', /came a private address$/],
    ['a metadata service', 'http://169.254.169.254/', /came not a public address$/],
  ])('may not be %s', (_what, url, message) => {
    expect(refusal(url, own)).toMatch(message);
  });

  test.each(['http://10.0.0.1/', 'http://[fd00::1]/', 'http://localhost:8080/', 'http://127.0.0.1:8080/'])(
    'may be %s where private addresses are allowed',
    (url) => {
      expect(checkWebhook(url, own, { ...bare, SHOAL_WEBHOOK_PRIVATE: true }).url).toBe(url);
    },
  );

  test('may not be a metadata service even there', () => {
    expect(refusal('http://169.254.169.254/', own, { ...bare, SHOAL_WEBHOOK_PRIVATE: true })).toMatch(
      /not a public/,
    );
  });
});

describe('the secret', () => {
  test('of the request comes before that of the installation', () => {
    const settings = { ...bare, SHOAL_WEBHOOK_SECRET: secretOf(32) };
    expect(checkWebhook('https://a.test/', own, settings).secret).toBe(own);
    expect(checkWebhook('https://a.test/', undefined, settings).secret).toBe(secretOf(32));
  });

  test('is needed', () => {
    expect(refusal('https://a.test/', undefined)).toMatch(/^webhookSecret: expected whsec_.*, came nothing/);
  });

  test('has 24 to 64 bytes, whatever they are', () => {
    assert(
      property(uint8Array({ maxLength: 80 }), (bytes) => {
        const text = `whsec_${Buffer.from(bytes).toString('base64')}`;
        expect(webhookSecretSchema.safeParse(text).success).toBe(bytes.length >= 24 && bytes.length <= 64);
      }),
    );
  });

  test.each([
    ['without its prefix', own.slice('whsec_'.length)],
    ['in URL-safe base64', `whsec_${'-_'.repeat(16)}`],
    ['with a character too many', `${own}A`],
    ['with padding in the middle', `whsec_${'A'.repeat(30)}==${'A'.repeat(32)}`],
    ['empty', ''],
    ['a number', 7],
    ['null', null],
  ])('may not be %s, and is not repeated', (_what, secret) => {
    const message = refusal('https://a.test/', secret, { ...bare, SHOAL_WEBHOOK_SECRET: own });
    expect(message).toBe('webhookSecret: expected whsec_ and 24 to 64 bytes as base64, came something else');
  });
});

test('problems are told together', () => {
  expect(refusal('ftp://a.test/', 'secret')).toMatch(/^webhook: .*; webhookSecret: /);
});
