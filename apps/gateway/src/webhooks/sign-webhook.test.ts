import { assert, integer, property, string, uint8Array } from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { signWebhook } from './sign-webhook.ts';

const secretOf = (bytes: Uint8Array): string => `whsec_${Buffer.from(bytes).toString('base64')}`;

test('whatever is signed has the signature of the library of Standard Webhooks', () => {
  assert(
    property(
      uint8Array({ minLength: 24, maxLength: 64 }),
      string({ unit: 'grapheme' }),
      integer({ min: 0, max: 4_000_000_000_000 }),
      (key, body, nowMs) => {
        const theirs = new Webhook(secretOf(key)).sign('msg_1', new Date(nowMs), body);
        expect(signWebhook('msg_1', body, secretOf(key), nowMs)).toEqual({
          'webhook-id': 'msg_1',
          'webhook-timestamp': String(Math.floor(nowMs / 1_000)),
          'webhook-signature': theirs,
        });
      },
    ),
  );
});

test('another body, another id or another secret does not pass', () => {
  const [key, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)].map(secretOf) as [string, string];
  const headers = signWebhook('msg_1', '{"a":1}', key, Date.now());
  expect(new Webhook(key).verify('{"a":1}', headers)).toEqual({ a: 1 });
  expect(() => new Webhook(key).verify('{"a":2}', headers)).toThrow(/No matching signature/);
  expect(() => new Webhook(key).verify('{"a":1}', { ...headers, 'webhook-id': 'msg_2' })).toThrow(
    /No matching/,
  );
  expect(() => new Webhook(other).verify('{"a":1}', headers)).toThrow(/No matching signature/);
});
