/** What an operator can do with pictures that killed their workers, and what is told of them meanwhile. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { connectConsumer, type Redis } from '../../packages/shared/src/redis/index.ts';
import { cancel, lookAt, submit } from '../support/ask.ts';
import { readSamples, sumOf } from '../support/metrics.ts';
import { environmentOf, runQuarantine, typeQuarantine, type TypedWith } from '../support/operator.ts';
import { plainPicture } from '../support/pictures.ts';
import { makeModelsFolder, type ModelsFolder } from '../support/scripted-models.ts';
import { startStack, type Stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

let models: ModelsFolder;
let stack: Stack;
let redis: Redis;

const limits = { SHOAL_QUARANTINE_BYTES_MAX: '2000', SHOAL_QUARANTINE_TTL_MS: '3600000' };

beforeAll(async () => {
  models = await makeModelsFolder();
  await models.add('scripted', 'version: "7"\n');
  stack = await startStack({ models: ['scripted'], modelsDir: models.dir, env: limits });
  redis = connectConsumer(stack.redis.url);
});

afterAll(async () => {
  redis?.disconnect();
  await stack?.stop();
  await models?.remove();
});

beforeEach(() => runQuarantine(stack, 'drop', '--all'));

/** While it is frozen nothing is taken. */
async function whileFrozen<T>(work: () => Promise<T>): Promise<T> {
  stack.workers[0]!.signal('SIGSTOP');
  try {
    return await work();
  } finally {
    stack.workers[0]!.signal('SIGCONT');
  }
}

/** What workers that died with it leave behind; the real thing takes half a minute, and is in `redelivery.test.ts`. */
const markDeaths = (id: string) => redis.hset(`{shoal}:started:${id}`, { together: 1, alone: 3 });

/** Sent, and given up; resolves to its id. */
async function poison(picture: Buffer, query: Record<string, string> = {}): Promise<string> {
  const id = await whileFrozen(async () => {
    const sent = await submit(stack.url, 'scripted', picture, query);
    await markDeaths(sent);
    return sent;
  });
  const { body } = await lookAt(stack.url, id, 20);
  expect(body).toMatchObject({ status: 'failed', error: { code: 'model_failed' } });
  return id;
}

const printed = async (...args: string[]): Promise<string> => {
  const { status, output, words } = await runQuarantine(stack, ...args);
  expect(words).toBe('');
  expect(status).toBe(0);
  return output.toString();
};
/** With another environment or folder than an operator of this stack would have. */
const type = (args: readonly string[], options: TypedWith = {}) =>
  typeQuarantine(args, { env: environmentOf(stack), ...options });
const asJson = async (...args: string[]): Promise<unknown> => JSON.parse(await printed(...args, '--json'));

/** Gateways ask every two seconds. */
const soon = { timeout: 20_000 };

/** Pictures in quarantine, and their bytes. */
async function figures(): Promise<number[]> {
  const samples = await readSamples(stack.url);
  return ['shoal_quarantined_pictures', 'shoal_quarantined_bytes'].map((name) =>
    sumOf(samples, name, { model: 'scripted' }),
  );
}

describe('a picture that killed its workers', { timeout: 120_000 }, () => {
  test('is answered model_failed, and can be listed, looked at, taken out and dropped', async () => {
    expect(await printed('list')).toBe('Nothing is in quarantine.\n');
    const picture = await plainPicture([9, 8, 7]);
    const id = await poison(picture, { minScore: '0.4', priority: 'low' });

    const about = {
      id,
      model: 'scripted',
      options: { minScore: 0.4 },
      priority: 'low',
      mediaType: 'image/png',
      deaths: { together: 1, alone: 3 },
      givenUpBy: { device: 'cpu', version: '7' },
      bytes: picture.length,
      bytesKept: picture.length,
    };
    expect(await asJson('list')).toMatchObject([about]);
    expect(await asJson('show', id)).toMatchObject(about);
    const list = await printed('list');
    expect(list).toContain(`${id}  scripted`);
    expect(list).toContain(`1 picture, ${picture.length} bytes`);
    const shown = await printed('show', id);
    for (const words of ['{"minScore":0.4}', '3 alone, 1 with others', 'image/png', 'model version 7']) {
      expect(shown).toContain(words);
    }

    const folder = mkdtempSync(path.join(tmpdir(), 'shoal-operator-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'poison.png');
    const sha256 = createHash('sha256').update(picture).digest('hex');
    expect(await asJson('show', id, '--out', file)).toMatchObject({ id, file, sha256 });
    expect(readFileSync(file)).toEqual(picture);
    expect(await runQuarantine(stack, 'show', id, '--out', '-')).toMatchObject({
      status: 0,
      output: picture,
    });
    const nowhere = await runQuarantine(stack, 'show', id, '--out', path.join(folder, 'no', 'folder'));
    expect(nowhere).toMatchObject({ status: 1, words: expect.stringContaining('ENOENT') });

    expect(await printed('drop', id)).toBe(`${id} is dropped.\n`);
    expect(await redis.keys('{shoal}:quarantine*')).toEqual([]);
    expect(await runQuarantine(stack, 'drop', id)).toMatchObject({ status: 1 });
    expect(await runQuarantine(stack, 'show', id)).toMatchObject({
      status: 1,
      words: `${id} is not in quarantine, or no longer.\n`,
    });
  });

  test('is tried again as a new prediction with the same model and options, and stays meanwhile', async () => {
    const id = await poison(await plainPicture([9, 8, 7]), { classes: 'circle,square', priority: 'high' });
    const retried = (await asJson('retry', id)) as { id: string; of: string; address: string };
    expect(retried).toMatchObject({ of: id, address: `${stack.url}/v1/predictions/${retried.id}` });
    expect(retried.id).not.toBe(id);
    expect((await lookAt(stack.url, retried.id, 20)).body).toMatchObject({ status: 'succeeded' });
    expect(await asJson('list')).toMatchObject([{ id }]);

    const waited = await runQuarantine(stack, 'retry', id, '--wait', '20');
    expect(waited).toMatchObject({ status: 0, words: '' });
    expect(waited.output.toString()).toMatch(
      /^New prediction: [\da-f-]{36}\nHow it stands: {2}GET http.*\nIt succeeded: \d+ detections\.\n$/,
    );
  });

  test('goes on as what it was: options, urgency and request id', async () => {
    const id = await poison(await plainPicture([9, 8, 7]), { classes: 'circle,square', priority: 'high' });
    const { requestId } = (await asJson('show', id)) as { requestId: string };
    await whileFrozen(async () => {
      const retried = (await asJson('retry', id)) as { id: string };
      const row = await redis.hget('{shoal}:ledger:rows', retried.id);
      expect(JSON.parse(row!.slice(row!.indexOf('{')))).toMatchObject({
        job: {
          model: 'scripted',
          options: { classes: ['circle', 'square'] },
          priority: 'high',
          mediaType: 'image/png',
          requestId,
        },
      });
      const waited = await runQuarantine(stack, 'retry', id, '--wait', '1');
      expect(waited).toMatchObject({ status: 1, words: '' });
      expect(waited.output.toString()).toContain('It is still queued after 1 s.');
    });
  });

  test('and does so again comes back, beside the first one', async () => {
    const id = await poison(await plainPicture([9, 8, 7]));
    const again = await whileFrozen(async () => {
      const retried = (await asJson('retry', id)) as { id: string };
      await markDeaths(retried.id);
      return retried.id;
    });
    const followed = await waitFor('both', async () => {
      const entries = (await asJson('list')) as { id: string }[];
      return entries.length === 2 ? entries : false;
    });
    expect(followed.map((entry) => entry.id)).toEqual([id, again]);
    expect(await printed('drop', '--all')).toBe(`${id} is dropped.\n${again} is dropped.\n`);
    expect(await printed('drop', '--all')).toBe('Nothing was there.\n');
  });

  test('is told of in the figures of every gateway, until it is dropped', async () => {
    const picture = await plainPicture([1, 2, 3]);
    await expect.poll(figures, soon).toEqual([0, 0]);
    const id = await poison(picture);
    await expect.poll(figures, soon).toEqual([1, picture.length]);
    await printed('drop', id);
    await expect.poll(figures, soon).toEqual([0, 0]);
    expect(await asJson('list')).toEqual([]);
  });

  test('and is larger than the quarantine is told of all the same, and cannot be tried again', async () => {
    const large = Buffer.concat([await plainPicture([9, 8, 7]), Buffer.alloc(2_000)]);
    const id = await poison(large);
    expect(await asJson('list')).toMatchObject([{ id, bytes: large.length, bytesKept: 0 }]);
    expect(await printed('list')).toContain('not kept');
    expect(await printed('show', id)).toContain('more than the quarantine takes');
    for (const command of [
      ['retry', id],
      ['show', id, '--out', '-'],
    ]) {
      expect(await runQuarantine(stack, ...command)).toMatchObject({
        status: 1,
        words: `The bytes of ${id} were not kept.\n`,
      });
    }
    expect(await redis.exists(`{shoal}:upload:${id}`, `{shoal}:quarantine:${id}`)).toBe(0);
  });

  test.each([
    ['whose time is over', 'expired', '1500', async () => undefined],
    ['whose caller takes it back', 'canceled', '60000', (id: string) => cancel(stack.url, id)],
  ])('and %s before the last of its deaths is kept as well', async (_who, status, deadlineMs, end) => {
    const picture = await plainPicture([7, 7, 7]);
    const id = await whileFrozen(async () => {
      const sent = await submit(stack.url, 'scripted', picture, { deadlineMs });
      await redis.hset(`{shoal}:started:${sent}`, { together: 1, alone: 2 });
      await end(sent);
      expect((await lookAt(stack.url, sent, 10)).body).toMatchObject({ status });
      return sent;
    });
    expect(await asJson('list')).toMatchObject([{ id, answeredAs: status, bytesKept: picture.length }]);
    expect(await printed('show', id)).toContain('given up by  nobody');
  });

  test('goes by itself when its time is over', async () => {
    const id = await poison(await plainPicture([9, 8, 7]));
    const leftMs = await redis.pttl(`{shoal}:quarantine:${id}`);
    expect(leftMs).toBeGreaterThan(3_500_000);
    expect(leftMs).toBeLessThanOrEqual(3_600_000);
  });
});

describe('what goes wrong is said in a sentence', { timeout: 120_000 }, () => {
  test('Redis that is not there, or wants another password', async () => {
    const away = await type(['list'], { env: { REDIS_URL: 'redis://:secret@127.0.0.1:1' } });
    expect(away).toMatchObject({
      status: 1,
      words: expect.stringMatching(/^Redis at 127\.0\.0\.1:1 cannot/),
    });
    expect(away.words).toContain('ECONNREFUSED');
    await redis.config('SET', 'requirepass', 'other');
    try {
      const url = new URL(stack.redis.url);
      const wrong = await type(['list'], { env: { REDIS_URL: `redis://:secret@${url.host}` } });
      expect(wrong).toMatchObject({ status: 1, words: expect.stringContaining('WRONGPASS') });
      expect(away.words + wrong.words).not.toContain('secret');
    } finally {
      await redis.config('SET', 'requirepass', '');
    }
  });

  test('a gateway that is not there, refuses, or wants a key', async () => {
    const poisoned = await poison(await plainPicture([9, 8, 7]));
    const away = await type(['retry', poisoned, '--gateway', 'http://127.0.0.1:1']);
    expect(away).toMatchObject({ status: 1, words: expect.stringContaining('--gateway URL says where') });

    const folder = mkdtempSync(path.join(tmpdir(), 'shoal-operator-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const key = `shoal_${'k'.repeat(43)}`;
    const digest = createHash('sha256').update(key).digest('hex');
    writeFileSync(path.join(folder, 'keys'), `operator ${digest} 2025-01-01\n`);
    writeFileSync(path.join(folder, 'key'), `${key}\n`);
    const { url, gateway } = await stack.startGateway({ SHOAL_API_KEYS_FILE: path.join(folder, 'keys') });
    onTestFinished(() => gateway.kill());
    await waitFor('the gateway to know the model', async () => (await fetch(`${url}/readyz`)).ok);
    const retry = ['retry', poisoned, '--gateway', `${url}/`];
    const closed = await type(retry);
    expect(closed).toMatchObject({ status: 1, words: expect.stringContaining('unauthorized') });
    expect(closed.words).toContain('--key-file FILE');
    expect(await type([...retry, '--key-file', 'key'], { folder })).toMatchObject({ status: 0, words: '' });
    expect(await type([...retry, '--key-file', '-'], { input: key })).toMatchObject({ status: 0 });
    expect(await type([...retry, '--key-file', 'nothing'], { folder })).toMatchObject({
      status: 1,
      words: '--key-file: nothing cannot be read (ENOENT)\n',
    });
    expect(await type([...retry, '--key-file', '-'])).toMatchObject({
      status: 1,
      words: '--key-file: - is empty\n',
    });
  });

  test('settings that do not hold', async () => {
    const { status, words } = await type(['list'], { env: { SHOAL_QUARANTINE_MAX: '1' } });
    expect(status).toBe(1);
    expect(words).toContain('SHOAL_QUARANTINE_MAX: there is no such variable');
  });

  test('words that make no command', async () => {
    const { status, words } = await type(['retry']);
    expect(status).toBe(2);
    expect(words).toMatch(/^retry: expected one id, came 0\n\nnpm run quarantine --/);
  });

  test('help needs nothing', async () => {
    const { status, output } = await type(['--help'], { env: {} });
    expect([status, output.toString().includes('retry ID')]).toEqual([0, true]);
  });
});

test('the private Redis of npm start is found by what it left, and asked for where there are several', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'shoal-operator-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const port of ['8080', '9000']) {
    mkdirSync(path.join(folder, '.data', `redis-${port}`), { recursive: true });
    const { port: redisPort } = new URL(stack.redis.url);
    writeFileSync(
      path.join(folder, '.data', `redis-${port}`, 'redis.conf'),
      `bind 127.0.0.1\nport ${redisPort}\n`,
    );
  }
  const id = await poison(await plainPicture([9, 8, 7]));
  const found = await typeQuarantine(['list', '--json'], { folder, env: { PORT: '9000' } });
  expect(JSON.parse(found.output.toString())).toMatchObject([{ id }]);
  const other = await typeQuarantine(['list'], { folder, env: { PORT: '7000' } });
  expect(other).toMatchObject({ status: 1, words: expect.stringContaining('8080 and 9000') });
});
