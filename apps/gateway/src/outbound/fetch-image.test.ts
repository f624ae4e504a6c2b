import { hostPatternsSchema } from '@shoal/shared/contract';
import { describe, expect, test } from 'vitest';
import { hasOpenssl } from '../../../../tests/support/certificates.ts';
import { startReceiver, startTlsReceiver } from '../../../../tests/support/receiver.ts';
import { fetchImage, isImageUrl, type ImageFetch } from './fetch-image.ts';
import type { Resolver } from './resolve-host.ts';

const nobody: Resolver = () => Promise.reject(new Error('nobody is asked'));
const toMetadata: Resolver = (host) =>
  Promise.resolve([{ address: host === 'metadata.test' ? '169.254.169.254' : '127.0.0.1', family: 4 }]);
const toLocal: Resolver = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);

function allowing(hosts: string, more: Partial<ImageFetch['settings']> = {}): ImageFetch {
  return {
    field: 'image',
    resolver: toLocal,
    settings: {
      SHOAL_IMAGE_URL_HOSTS: hostPatternsSchema.parse(hosts),
      SHOAL_IMAGE_URL_PRIVATE: true,
      SHOAL_IMAGE_URL_TIMEOUT_MS: 2_000,
      SHOAL_UPLOAD_BYTES_MAX: 1_000,
      ...more,
    },
  };
}

test('a picture on an allowed host is fetched', async () => {
  const { url, port, received } = await startReceiver((response) => response.end('picture'));
  const bytes = await fetchImage(`${url}/a.png?b`, allowing(`127.0.0.1:${port}`));
  expect(bytes.toString()).toBe('picture');
  expect(received).toMatchObject([
    { method: 'GET', path: '/a.png?b', headers: { 'accept-encoding': 'identity' } },
  ]);
});

test('where no host is named nothing is fetched', async () => {
  const { url, received } = await startReceiver();
  const { settings, ...rest } = allowing('');
  for (const hosts of [undefined, settings.SHOAL_IMAGE_URL_HOSTS]) {
    await expect(
      fetchImage(url, { ...rest, settings: { ...settings, SHOAL_IMAGE_URL_HOSTS: hosts } }),
    ).rejects.toMatchObject({
      code: 'options_invalid',
      message: 'image: expected a picture, came a URL, and this server fetches none (SHOAL_IMAGE_URL_HOSTS)',
    });
  }
  expect(received).toEqual([]);
});

/** Whether the name of the URL's host is asked for. */
const may = async (url: string, hosts: string): Promise<boolean> => {
  const error: unknown = await fetchImage(url, { ...allowing(hosts), resolver: nobody }).catch(
    (reason: unknown) => reason,
  );
  return String(error).includes('has no address');
};

describe('the list of hosts', () => {
  const port = 8_080;
  test.each([
    ['http://a.test/', 'a.test'],
    ['https://a.test/', 'a.test'],
    ['https://A.Test/', 'b.test, a.TEST'],
    ['https://x.a.test/', '*.a.test'],
    ['https://x.y.a.test/', '*.a.test'],
    [`http://a.test:${port}/`, `a.test:${port}`],
    ['https://a.test:443/', 'a.test:443'],
    ['http://a.test/', 'a.test:80'],
    ['https://xn--bcher-kva.test/', 'xn--bcher-kva.test'],
    ['https://bücher.test/', 'xn--bcher-kva.test'],
  ])('lets %s through for %s', async (url, hosts) => {
    expect(await may(url, hosts)).toBe(true);
  });

  test.each([
    ['https://b.test/', 'a.test'],
    ['https://a.test.b.test/', 'a.test'],
    ['https://xa.test/', '*.a.test'],
    ['https://a.test/', '*.a.test'],
    ['https://x.a.test/', 'a.test'],
    ['https://a.test./', 'a.test'],
    [`http://a.test:${port}/`, 'a.test'],
    ['http://a.test/', `a.test:${port}`],
    ['http://a.test/', 'a.test:443'],
    ['https://a.test@b.test/', 'a.test'],
    ['https://b.test#@a.test/', 'a.test'],
    ['https://b.test\\@a.test/', 'a.test'],
    ['http://127.0.0.1/', '*.a.test'],
    ['https://user:secret@a.test/', 'a.test'],
    ['https://', 'a.test'],
    ['https://a b/', 'a.test'],
  ])('does not let %s through for %s', async (url, hosts) => {
    expect(await may(url, hosts)).toBe(false);
    await expect(fetchImage(url, allowing(hosts))).rejects.toMatchObject({
      code: 'options_invalid',
      message: expect.stringMatching(/^image: expected a URL /) as string,
    });
  });

  test.each([
    '*',
    'a.test/path',
    'https://a.test',
    '*.[::1]',
    'a.test:',
    'a.test:123456',
    'a..\n',
    '-a.test',
  ])('refuses %j at the start, since it would mean something else', (hosts) => {
    expect(hostPatternsSchema.safeParse(hosts)).toMatchObject({ success: false });
  });
});

test('a host that leads to a private address is refused, unless that is allowed', async () => {
  const { port, received } = await startReceiver((response) => response.end('picture'));
  const url = `http://images.test:${port}/`;
  const closed = allowing(`*.test:${port}`, { SHOAL_IMAGE_URL_PRIVATE: false });
  await expect(fetchImage(url, closed)).rejects.toMatchObject({
    code: 'options_invalid',
    message: 'image: the URL gave no picture: the host is at a private address',
  });
  expect(received).toEqual([]);
  expect((await fetchImage(url, allowing(`*.test:${port}`))).toString()).toBe('picture');
});

/** `/0` leads to `/1`, and so on until the picture. */
const chain = (length: number) =>
  startReceiver((response, { path }) => {
    const hop = Number(path.slice(1));
    if (hop < length) response.writeHead(302, { location: `/${hop + 1}` }).end();
    else response.end('picture');
  });

describe('redirects', () => {
  test('are followed three times', async () => {
    const { url, port, received } = await chain(3);
    expect((await fetchImage(`${url}/0`, allowing(`127.0.0.1:${port}`))).toString()).toBe('picture');
    expect(received.map(({ path }) => path)).toEqual(['/0', '/1', '/2', '/3']);
  });

  test('and no more', async () => {
    const { url, port, received } = await chain(4);
    await expect(fetchImage(`${url}/0`, allowing(`127.0.0.1:${port}`))).rejects.toMatchObject({
      code: 'options_invalid',
      message: 'image: the URL leads through too many redirects',
    });
    expect(received).toHaveLength(4);
  });

  test.each([
    'http://elsewhere.test/',
    'http://127.0.0.1/',
    'file:///etc/passwd',
    '//elsewhere.test/',
    'http://',
  ])('to %s, which is not on the list, are not followed', async (location) => {
    const { url, port } = await startReceiver((response) => response.writeHead(301, { location }).end());
    await expect(fetchImage(url, allowing(`127.0.0.1:${port}`))).rejects.toMatchObject({
      code: 'options_invalid',
      message: expect.stringMatching(/^image: expected .*, came a redirect to another$/) as string,
    });
  });

  test('have their address checked again', async () => {
    const { port, received } = await startReceiver((response) =>
      response.writeHead(302, { location: `http://metadata.test:${port}/` }).end(),
    );
    const options = { ...allowing(`*.test:${port}`), resolver: toMetadata };
    await expect(fetchImage(`http://a.test:${port}/`, options)).rejects.toMatchObject({
      code: 'options_invalid',
      message: 'image: the URL gave no picture: the host is at not a public address',
    });
    expect(received).toHaveLength(1);
  });

  test.skipIf(!hasOpenssl())('never lead from https to http (openssl)', async () => {
    const plain = await startReceiver((response) => response.end('picture'));
    const secure = await startTlsReceiver('secure.test', (response, { path }) => {
      const location = path === '/down' ? `http://plain.test:${plain.port}/` : '/picture';
      if (path === '/picture') response.end('picture');
      else response.writeHead(302, { location }).end();
    });
    const options = allowing(`secure.test:${secure.port}, plain.test:${plain.port}`);
    expect((await fetchImage(`${secure.url}/across`, options)).toString()).toBe('picture');
    await expect(fetchImage(`${secure.url}/down`, options)).rejects.toMatchObject({
      code: 'options_invalid',
      message: 'image: the URL leads from https to http',
    });
    expect(plain.received).toEqual([]);
  });

  test('share one limit of time', async () => {
    const { url, port } = await startReceiver((response, _request, index) => {
      setTimeout(() => response.writeHead(302, { location: `/${index}` }).end(), 200);
    });
    const startMs = performance.now();
    const impatient = allowing(`127.0.0.1:${port}`, { SHOAL_IMAGE_URL_TIMEOUT_MS: 500 });
    await expect(fetchImage(url, impatient)).rejects.toMatchObject({ code: 'upload_timeout' });
    expect(performance.now() - startMs).toBeLessThan(700);
  });
});

test('what is too large is refused while it comes', async () => {
  const { url, port } = await startReceiver((response) => response.end('x'.repeat(1_001)));
  await expect(fetchImage(url, allowing(`127.0.0.1:${port}`))).rejects.toMatchObject({
    code: 'upload_too_large',
    message: 'image: the URL gave no picture: the answer is larger than 1000 bytes',
  });
});

test('what does not come in time is upload_timeout', async () => {
  const { url, port } = await startReceiver(() => undefined);
  const impatient = allowing(`127.0.0.1:${port}`, { SHOAL_IMAGE_URL_TIMEOUT_MS: 200 });
  await expect(fetchImage(url, impatient)).rejects.toMatchObject({ code: 'upload_timeout' });
});

test.each([204, 206, 304, 404, 500])('a status of %i is no picture', async (status) => {
  const { url, port } = await startReceiver((response) => response.writeHead(status).end());
  await expect(fetchImage(url, allowing(`127.0.0.1:${port}`))).rejects.toMatchObject({
    code: 'options_invalid',
    message: `image: the URL gave no picture: expected status 200, came ${status}`,
  });
});

test('room is reserved for the picture, and not for the redirects on the way', async () => {
  const { url, port } = await startReceiver((response, _request, index) => {
    if (index === 0) response.writeHead(302, { location: '/next', 'content-length': '9' }).end('elsewhere');
    else response.writeHead(200, { 'content-length': '7' }).end('picture');
  });
  const reserved: number[] = [];
  await fetchImage(url, { ...allowing(`127.0.0.1:${port}`), reserve: (bytes) => void reserved.push(bytes) });
  expect(reserved).toEqual([7]);
});

test('only what begins like one is a URL', () => {
  expect(['http://a/', 'https://a/', 'HTTPS://a/'].filter(isImageUrl)).toHaveLength(3);
  expect(
    ['ftp://a/', 'data:image/png;base64,AAAA', 'AAAA', ' http://a/', 'https:/a'].filter(isImageUrl),
  ).toEqual([]);
});
