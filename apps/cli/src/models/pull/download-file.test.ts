import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { downloadFile, type Downloaded, type Order } from './download-file.ts';
import { startFileServer, type FileServer } from './test-file-server.ts';

const body = randomBytes(200_000);
const sha256 = createHash('sha256').update(body).digest('hex');

let server: FileServer;
let folder: string;
let file: string;

beforeEach(async () => {
  server = await startFileServer();
  folder = await mkdtemp(path.join(tmpdir(), 'shoal-pull-'));
  file = path.join(folder, 'weights.bin');
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const download = (more: Partial<Order> = {}): Promise<Downloaded> =>
  downloadFile({
    url: server.url('/weights'),
    file,
    wanted: {},
    signal: new AbortController().signal,
    patience: { tries: 4, pauseMs: 5, stallMs: 2_000 },
    ...more,
  });

/** What the client has written of it. */
const arrived = (): Promise<number> =>
  stat(`${file}.part`).then(
    ({ size }) => size,
    () => 0,
  );

const messageOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'it went well',
    (error: Error) => error.message,
  );

describe('a download', () => {
  test('is the file, byte for byte, and leaves nothing half done beside it', async () => {
    server.files.set('/weights', { body, etag: '"a"' });
    const steps: (number | undefined)[] = [];
    const result = await download({ wanted: { sha256 }, onProgress: (received) => steps.push(received) });
    expect(result).toEqual({ bytes: body.length, sha256 });
    expect(await readFile(file)).toEqual(body);
    expect(steps.at(-1)).toBe(body.length);
    expect((await readdir(folder)).filter((name) => name.includes('.part'))).toEqual([]);
  });

  test('that is cut goes on where it was cut, of the same state of the file', async () => {
    server.files.set('/weights', { body, etag: '"a"', cuts: [70_000, 30_000], arrived });
    expect(await download({ wanted: { sha256 } })).toEqual({ bytes: body.length, sha256 });
    expect(await readFile(file)).toEqual(body);
    const [first, second, third] = server.asked;
    expect(first?.range).toBeUndefined();
    expect(second).toMatchObject({ range: 'bytes=70000-', ifRange: '"a"' });
    expect(third).toMatchObject({ range: 'bytes=100000-', ifRange: '"a"' });
  });

  test('of a server that knows no ranges begins anew', async () => {
    server.files.set('/weights', { body, etag: '"a"', cuts: [70_000], arrived, hasRanges: false });
    expect(await download({ wanted: { sha256 } })).toEqual({ bytes: body.length, sha256 });
    expect(await readFile(file)).toEqual(body);
  });

  test('of a server that does not say which state of the file it gives joins nothing', async () => {
    server.files.set('/weights', { body, cuts: [70_000], arrived });
    expect((await download()).sha256).toBe(sha256);
    expect(server.asked.map(({ range }) => range)).toEqual([undefined, undefined]);
  });

  test('does not join two states of a file', async () => {
    const other = randomBytes(150_000);
    server.files.set('/weights', { body, etag: '"a"', cuts: [70_000], arrived });
    const controller = new AbortController();
    const first = download({
      signal: controller.signal,
      patience: { tries: 2, pauseMs: 10_000, stallMs: 2_000 },
      onTrouble: () => controller.abort(),
    });
    await expect(first).rejects.toThrow('aborted');
    server.files.set('/weights', { body: other, etag: '"b"' });
    await download();
    expect(server.asked.at(-1)).toMatchObject({ range: 'bytes=70000-', ifRange: '"a"' });
    expect(await readFile(file)).toEqual(other);
  });

  test('drops what it has of another address', async () => {
    server.files.set('/weights', { body, etag: '"a"', cuts: [70_000, 0, 0, 0], arrived });
    expect(await messageOf(download())).toContain('the same command goes on from there');
    server.files.set('/other', { body, etag: '"a"' });
    await download({ url: server.url('/other') });
    expect(server.asked.at(-1)).toMatchObject({ path: '/other', range: undefined });
  });

  test('is not repeated when the file is there already', async () => {
    server.files.set('/weights', { body, etag: '"a"' });
    await download();
    await download();
    await download({ wanted: { sha256 } });
    expect(server.asked).toHaveLength(1);
  });

  test('follows redirects, and goes on at the place they lead to', async () => {
    server.before.set('/moved', [
      { status: 302, headers: { location: '/weights' } },
      { status: 302, headers: { location: '/weights' } },
    ]);
    server.files.set('/weights', { body, etag: '"a"', cuts: [70_000], arrived });
    expect((await download({ url: server.url('/moved') })).sha256).toBe(sha256);
    expect(server.asked.at(-1)).toMatchObject({ path: '/weights', range: 'bytes=70000-' });
  });

  test('waits and asks again when the server is busy', async () => {
    server.files.set('/weights', { body });
    server.before.set('/weights', [{ status: 503 }, { status: 429, headers: { 'retry-after': '0' } }]);
    const troubles: string[] = [];
    expect((await download({ onTrouble: (sentence) => troubles.push(sentence) })).sha256).toBe(sha256);
    expect(troubles).toHaveLength(2);
  });

  test('gives a connection up that brings nothing any more', async () => {
    server.files.set('/weights', { body, etag: '"a"', slow: { bytes: 50_000, pauseMs: 400 } });
    expect(await messageOf(download({ patience: { tries: 1, pauseMs: 1, stallMs: 100 } }))).toContain(
      'nothing came for 0.1 s',
    );
  });
});

describe('nothing is left of a file', () => {
  test('whose digest is another one', async () => {
    server.files.set('/weights', { body, etag: '"a"' });
    const wanted = { sha256: '0'.repeat(64) };
    expect(await messageOf(download({ wanted }))).toContain(`found SHA-256 ${sha256} for ${wanted.sha256}`);
    expect(await readdir(folder)).toEqual([]);
  });

  test('whose MD5 is another one, where that is all its publisher gives', async () => {
    server.files.set('/weights', { body });
    expect(await messageOf(download({ wanted: { md5: '0'.repeat(32) } }))).toContain('found MD5');
    expect(await readdir(folder)).toEqual([]);
  });

  test('that has another size, which is said before it is fetched', async () => {
    server.files.set('/weights', { body });
    expect(await messageOf(download({ wanted: { bytes: 100 } }))).toContain('has 200000 bytes, expected 100');
    expect(existsSync(file)).toBe(false);
  });
});

describe('there is no second try', () => {
  test('for an address where nothing is', async () => {
    expect(await messageOf(download())).toContain('/weights answers 404 Not Found');
    expect(server.asked).toHaveLength(1);
  });

  test('for an address that gives a web page', async () => {
    server.files.set('/weights', { body: Buffer.from('<html>'), contentType: 'text/html; charset=utf-8' });
    expect(await messageOf(download())).toContain('gives a web page and not a file');
  });

  test('for a file that the disk has no room for', async () => {
    // The length is a promise; nobody has to keep it to be refused.
    server.before.set('/weights', [{ status: 200, headers: { 'content-length': '9000000000000000' } }]);
    expect(await messageOf(download())).toMatch(/has [\d.]+ MB free, and 9000000000\.0 MB are still to come/);
    expect(server.asked).toHaveLength(1);
  });
});
