import { describe, expect, test } from 'vitest';
import { testRecord, useRedis } from '../../../../tests/support/exchange.ts';
import {
  announcementTtlMs,
  failedAnnouncementTtlMs,
  keysOf,
  modelRecordTtlMs,
  type WorkerAnnouncement,
} from '../contract/index.ts';
import { ModelStore } from './model-store.ts';

const world = useRedis();
const keys = keysOf('test');
const newStore = () => new ModelStore(world.redis, keys);

const worker = (fields: Partial<WorkerAnnouncement> = {}): WorkerAnnouncement => ({
  id: 'w1',
  model: 'tiny',
  device: 'cpu',
  state: 'ready',
  version: 'v1',
  sha256: '0'.repeat(64),
  ...fields,
});

/** Its time is over now, and Redis has noticed. */
async function expire(key: string): Promise<void> {
  expect(await world.redis.pexpire(key, 1)).toBe(1);
  while ((await world.redis.exists(key)) === 1);
}

describe('models and workers', () => {
  test('where nobody was ever there is an empty list', async () => {
    expect(await newStore().list()).toEqual([]);
  });

  test('models are listed by name, each with its own live workers and when it was last seen', async () => {
    const store = newStore();
    await store.recordModel(testRecord({ name: 'zebra' }), 1_000);
    await store.recordModel(testRecord({ aliases: ['old_name'] }), 2_000);
    await store.announce(worker({ id: 'w1' }), 3_000);
    await store.announce(worker({ id: 'w2', state: 'loading' }), 4_000);
    const list = await store.list();
    expect(list).toEqual([
      { record: testRecord({ aliases: ['old_name'] }), lastSeenMs: 4_000, workers: expect.any(Array) as [] },
      { record: testRecord({ name: 'zebra' }), lastSeenMs: 1_000, workers: [] },
    ]);
    expect(list[0]!.workers.toSorted((a, b) => a.id.localeCompare(b.id))).toEqual([
      worker({ id: 'w1' }),
      worker({ id: 'w2', state: 'loading' }),
    ]);
  });

  test('who announces itself again is told once, as it was last', async () => {
    const store = newStore();
    await store.recordModel(testRecord(), 1_000);
    await store.announce(worker({ state: 'loading' }), 1_000);
    await store.announce(worker({ state: 'ready' }), 2_000);
    expect((await store.list())[0]!.workers).toEqual([worker({ state: 'ready' })]);
  });

  test('who withdraws is gone at once; the model and the other workers stay', async () => {
    const store = newStore();
    await store.recordModel(testRecord(), 1_000);
    await store.announce(worker({ id: 'w1' }), 1_000);
    await store.announce(worker({ id: 'w2' }), 1_000);
    await store.withdraw(worker({ id: 'w1' }));
    expect((await store.list())[0]).toMatchObject({ record: { name: 'tiny' }, workers: [{ id: 'w2' }] });
  });

  test('who falls silent is gone after its time, and its place in the set is cleared by the next who speaks', async () => {
    const store = newStore();
    await store.recordModel(testRecord(), 1_000);
    await store.announce(worker({ id: 'w1' }), 1_000);
    const ttlMs = await world.redis.pttl(keys.worker('tiny/w1'));
    expect(ttlMs).toBeGreaterThan(announcementTtlMs - 2_000);
    expect(ttlMs).toBeLessThanOrEqual(announcementTtlMs);
    await expire(keys.worker('tiny/w1'));
    expect(await store.list()).toMatchObject([{ record: { name: 'tiny' }, workers: [] }]);
    await store.announce(worker({ id: 'w2' }), 1_000 + announcementTtlMs);
    expect(await world.redis.zrange(keys.workers, '0', '-1')).toEqual(['tiny/w2']);
  });

  test('a failure stays readable for longer than a sign of life, and is none', async () => {
    const store = newStore();
    await store.recordModel(testRecord(), 1_000);
    const failed = worker({ state: 'failed', reason: 'the file is no graph' });
    await store.announce(failed, 5_000);
    expect(await store.list()).toMatchObject([{ lastSeenMs: 1_000, workers: [failed] }]);
    const ttlMs = await world.redis.pttl(keys.worker('tiny/w1'));
    expect(ttlMs).toBeGreaterThan(announcementTtlMs);
    expect(ttlMs).toBeLessThanOrEqual(failedAnnouncementTtlMs);
    await store.announce(worker({ id: 'w2', model: 'other' }), 5_000 + announcementTtlMs);
    expect((await store.list())[0]!.workers).toEqual([failed]);
  });

  test('a record outlives its workers by its own time, which every sign of life renews', async () => {
    const store = newStore();
    await store.recordModel(testRecord(), 1_000);
    await world.redis.pexpire(keys.model('tiny'), 5_000);
    await world.redis.pexpire(keys.models, 5_000);
    await store.announce(worker(), 2_000);
    for (const key of [keys.model('tiny'), keys.models]) {
      const ttlMs = await world.redis.pttl(key);
      expect(ttlMs).toBeGreaterThan(modelRecordTtlMs - 60_000);
      expect(ttlMs).toBeLessThanOrEqual(modelRecordTtlMs);
    }
  });

  test('a model that nobody served for longer than a record lives is forgotten', async () => {
    const store = newStore();
    await store.recordModel(testRecord({ name: 'ancient' }), 1_000);
    await store.recordModel(testRecord(), 1_000 + modelRecordTtlMs);
    expect((await store.list()).map(({ record }) => record.name)).toEqual(['tiny']);
  });

  test('an announcement without a record makes no model', async () => {
    const store = newStore();
    await store.announce(worker(), 1_000);
    expect(await store.list()).toEqual([]);
    expect(await world.redis.exists(keys.models)).toBe(0);
  });

  test('after Redis came back empty a model is not recorded any more', async () => {
    const store = newStore();
    expect(await store.isRecorded('tiny')).toBe(false);
    await store.recordModel(testRecord(), 1_000);
    expect(await store.isRecorded('tiny')).toBe(true);
    await world.redis.flushall();
    expect(await store.isRecorded('tiny')).toBe(false);
  });
});

describe('names', () => {
  test('a model may claim its names again and again', async () => {
    const store = newStore();
    const names = { name: 'tiny', aliases: ['old_name'] };
    expect(await store.claimNames(names)).toBeUndefined();
    await world.redis.pexpire(keys.nameClaim('old_name'), 100);
    expect(await store.claimNames(names)).toBeUndefined();
    expect(await world.redis.pttl(keys.nameClaim('old_name'))).toBeGreaterThan(announcementTtlMs - 2_000);
  });

  test.each([
    ['an alias that is the alias of another', { name: 'second', aliases: ['mine', 'old_name'] }, 'old_name'],
    ['an alias that is the name of another', { name: 'second', aliases: ['mine', 'tiny'] }, 'tiny'],
    ['a name that is the alias of another', { name: 'old_name', aliases: ['mine'] }, 'old_name'],
  ])('%s is a conflict, with the owner, and nothing is claimed', async (_what, names, taken) => {
    const store = newStore();
    await store.claimNames({ name: 'tiny', aliases: ['old_name'] });
    expect(await store.claimNames(names)).toEqual({ name: taken, owner: 'tiny' });
    expect((await world.redis.keys('*')).sort()).toEqual([
      keys.nameClaim('old_name'),
      keys.nameClaim('tiny'),
    ]);
  });

  test('a name whose owner has gone silent can be taken over', async () => {
    const store = newStore();
    await store.claimNames({ name: 'tiny', aliases: ['old_name'] });
    await expire(keys.nameClaim('old_name'));
    expect(await store.claimNames({ name: 'second', aliases: ['old_name'] })).toBeUndefined();
    expect(await store.claimNames({ name: 'tiny', aliases: ['old_name'] })).toEqual({
      name: 'old_name',
      owner: 'second',
    });
  });
});
