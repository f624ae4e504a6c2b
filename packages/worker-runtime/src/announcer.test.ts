import {
  announcementIntervalMs,
  announcementTtlMs,
  keysOf,
  type WorkerAnnouncement,
} from '@shoal/shared/contract';
import { ModelStore } from '@shoal/shared/redis';
import { createLog } from '@shoal/shared/service';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { testRecord, useRedis } from '../../../tests/support/exchange.ts';
import { waitFor } from '../../../tests/support/wait-for.ts';
import { Announcer, NameTakenError } from './announcer.ts';

const world = useRedis();
const keys = keysOf('test');
const log = createLog('test', { SHOAL_LOG_LEVEL: 'silent' });
const record = testRecord({ aliases: ['old_name'] });
const worker: WorkerAnnouncement = {
  id: 'w1',
  model: 'tiny',
  device: 'cpu',
  state: 'loading',
  version: 'v1',
  sha256: '0'.repeat(64),
};
let store: ModelStore;
let announcer: Announcer;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  store = new ModelStore(world.redis, keys);
  announcer = new Announcer(store, record, worker, log);
});

afterEach(async () => {
  await announcer.stop();
  vi.useRealTimers();
});

const beat = () => vi.advanceTimersByTime(announcementIntervalMs);
const workers = async () => (await store.list()).flatMap((model) => model.workers);

describe('start', () => {
  test('tells of the model and of a worker that loads, and takes its names', async () => {
    await announcer.start();
    expect(await store.list()).toMatchObject([{ record, workers: [worker] }]);
    expect(await store.claimNames({ name: 'second', aliases: ['old_name'] })).toMatchObject({
      owner: 'tiny',
    });
  });

  test('refuses a name that another live model has, naming both, and tells nothing', async () => {
    const second = { name: 'second', aliases: ['old_name'] };
    await store.claimNames(second);
    // It lives on, and renews its claim.
    await world.redis.persist(keys.nameClaim('old_name'));
    const start = announcer.start();
    await expect(start).rejects.toThrow(NameTakenError);
    await expect(start).rejects.toThrow(
      'the model tiny cannot answer to "old_name": the model second does, and is alive',
    );
    expect(await store.list()).toEqual([]);
  });

  test('waits for a name whose owner has just left', async () => {
    await store.claimNames({ name: 'second', aliases: ['old_name'] });
    await world.redis.pexpire(keys.nameClaim('old_name'), 400);
    await announcer.start();
    expect((await store.list()).map(({ record: { name } }) => name)).toEqual(['tiny']);
  });

  test('a second worker of the same model takes nothing from the first', async () => {
    await announcer.start();
    const second = new Announcer(store, record, { ...worker, id: 'w2' }, log);
    await second.start();
    expect((await workers()).map(({ id }) => id).sort()).toEqual(['w1', 'w2']);
    await second.stop();
    expect((await workers()).map(({ id }) => id)).toEqual(['w1']);
  });
});

test('a worker that is ready tells what loading has shown of its model', async () => {
  await announcer.start();
  const known = { ...record, labels: ['a', 'b', 'c'] };
  await announcer.becomeReady(known, 'cpu');
  expect(await store.list()).toMatchObject([{ record: known, workers: [{ ...worker, state: 'ready' }] }]);
});

describe('signs of life', () => {
  test('keep the worker and its names alive', async () => {
    await announcer.start();
    const ours = [keys.worker('tiny/w1'), keys.nameClaim('tiny'), keys.nameClaim('old_name')];
    for (const key of ours) await world.redis.pexpire(key, 1_000);
    beat();
    const renewed = await waitFor('the renewal', async () => {
      const ttls = await Promise.all(ours.map((key) => world.redis.pttl(key)));
      return ttls.every((ttlMs) => ttlMs > 1_000) && ttls;
    });
    for (const ttlMs of renewed) expect(ttlMs).toBeLessThanOrEqual(announcementTtlMs);
  });

  test('tell how fast the worker is, once that is known, and as it changes', async () => {
    let itemsPerS: number | undefined;
    announcer = new Announcer(store, record, worker, log, () => itemsPerS);
    await announcer.start();
    beat();
    await waitFor('a beat', async () => (await workers())[0]);
    expect(await workers()).toEqual([worker]);
    for (const speed of [12.5, 40]) {
      itemsPerS = speed;
      beat();
      await waitFor('the speed', async () => (await workers())[0]?.itemsPerS === speed);
    }
  });

  test('tell all of it again when Redis came back empty', async () => {
    await announcer.start();
    const known = { ...record, labels: ['a', 'b', 'c'] };
    await announcer.becomeReady(known, 'cpu');
    await world.redis.flushall();
    beat();
    await waitFor('the worker', async () => (await workers()).length === 1);
    expect(await store.list()).toMatchObject([{ record: known, workers: [{ ...worker, state: 'ready' }] }]);
    expect(await store.claimNames({ name: 'second', aliases: ['old_name'] })).toMatchObject({
      owner: 'tiny',
    });
  });

  test('go on where another has taken a name meanwhile: its jobs must still be served', async () => {
    await announcer.start();
    await world.redis.flushall();
    await store.claimNames({ name: 'second', aliases: ['old_name'] });
    beat();
    const found = await waitFor('the worker', async () => (await workers())[0]);
    expect(found).toEqual(worker);
  });
});

describe('the end', () => {
  test('of a worker is known at once, and nothing is said any more', async () => {
    await announcer.start();
    await announcer.stop();
    expect(await store.list()).toMatchObject([{ record, workers: [] }]);
    beat();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await workers()).toEqual([]);
  });

  test('of a worker that failed leaves its reason behind', async () => {
    await announcer.start();
    await announcer.becomeFailed('the file is no graph');
    await announcer.stop();
    expect(await workers()).toEqual([{ ...worker, state: 'failed', reason: 'the file is no graph' }]);
  });
});
