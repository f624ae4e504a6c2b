import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { roomyLimits, testJob, useRedis } from '../../../../tests/support/exchange.ts';
import { failedResult, keysOf, type Job, type Quarantined } from '../contract/index.ts';
import { ExchangeStore } from './exchange-store.ts';
import { QuarantineStore, quarantineLimits, type QuarantineLimits } from './quarantine-store.ts';
import { readAll } from './test-ledger.ts';

const world = useRedis();
const keys = keysOf('test');
const newStore = () => new QuarantineStore(world.redis, keys);
const newExchange = () => new ExchangeStore(world.redis, keys);
const roomy: QuarantineLimits = { ttlMs: 60_000, bytesMax: 1_000_000 };

let made = 0;

function quarantined(job: Job, fields: Partial<Quarantined> = {}): Quarantined {
  const { id, model, priority, options, mediaType, acceptedAtMs, requestId } = job;
  return {
    id,
    model,
    priority,
    options,
    mediaType,
    acceptedAtMs,
    requestId,
    // Two of one millisecond would be in the order of their ids.
    setAsideAtMs: Date.now() + made++,
    answeredAs: 'failed',
    deaths: { together: 1, alone: 3 },
    givenUpBy: { workerId: 'worker-1', device: 'cpu', version: 'v1' },
    ...fields,
  };
}

/** Accepted, and set aside at that time; resolves to its id. */
async function setAside(
  size: number,
  limits: Partial<QuarantineLimits> = {},
  fields: Partial<Quarantined> = {},
  job: Job = testJob(),
): Promise<string> {
  await newExchange().admit({ job }, randomBytes(size), roomyLimits);
  await newStore().setAside(quarantined(job, fields), { ...roomy, ...limits });
  return job.id;
}

const at = (setAsideAtMs: number) => ({ setAsideAtMs });
const idsIn = async () => (await newStore().list(0)).map(({ id }) => id);
const picturesIn = async () =>
  (await world.redis.keys('{test}:quarantine:*'))
    .filter((key) => key !== keys.quarantineRows)
    .map((key) => key.slice(keys.quarantined('').length))
    .sort();

describe('a picture that is set aside', () => {
  test('is kept byte for byte with all that is known of it, and survives the answer', async () => {
    const job = testJob({ options: { minScore: 0.4, classes: ['circle, small', 'square'] } });
    const bytes = randomBytes(5_000);
    await newExchange().admit({ job }, bytes, roomyLimits);
    const about = quarantined(job);
    expect(await newStore().setAside(about, roomy)).toEqual({ bytes: 5_000, bytesKept: 5_000, dropped: 0 });
    // Moved and not copied: there may be no room for both.
    expect(await world.redis.exists(keys.upload(job.id))).toBe(0);
    await newExchange().publishResult(failedResult(job.id, 'model_failed', 'died'), job);
    expect(await newStore().fetchPicture(job.id)).toEqual(bytes);
    const entry = {
      ...about,
      bytes: 5_000,
      bytesKept: 5_000,
      expiresAtMs: about.setAsideAtMs + roomy.ttlMs,
    };
    expect(await newStore().list(Date.now())).toEqual([entry]);
    expect(await newStore().read(job.id, Date.now())).toEqual(entry);
  });

  test('twice, because a worker died between this and the answer, is one, and nothing of it changes', async () => {
    const job = testJob();
    await setAside(100, {}, {}, job);
    const before = await readAll(world.redis);
    const again = quarantined(job, { setAsideAtMs: Date.now() + 5_000 });
    expect(await newStore().setAside(again, roomy)).toEqual({ bytes: 100, bytesKept: 100, dropped: 0 });
    expect(await readAll(world.redis)).toEqual(before);
  });

  test('and had lost its bytes by then leaves a row that says so', async () => {
    const job = testJob();
    expect(await newStore().setAside(quarantined(job), roomy)).toEqual({
      bytes: 0,
      bytesKept: 0,
      dropped: 0,
    });
    expect(await newStore().list(0)).toMatchObject([{ id: job.id, bytes: 0, bytesKept: 0 }]);
    expect(await newStore().fetchPicture(job.id)).toBeNull();
  });

  test('is taken by a Redis that is full', async () => {
    const job = testJob();
    const bytes = randomBytes(1_000);
    await newExchange().admit({ job }, bytes, roomyLimits);
    await world.redis.config('SET', 'maxmemory', '1');
    try {
      await expect(world.redis.set('more', '1')).rejects.toThrow(/OOM/);
      await newStore().setAside(quarantined(job), roomy);
      expect(await newStore().fetchPicture(job.id)).toEqual(bytes);
      expect(await idsIn()).toEqual([job.id]);
      expect(await newStore().drop([job.id])).toEqual([job.id]);
    } finally {
      await world.redis.config('SET', 'maxmemory', '0');
    }
  });
});

describe('bounds', () => {
  test('the oldest go first when the bytes are too many, and only as many as must', async () => {
    const nowMs = Date.now();
    const second = await setAside(300, { bytesMax: 1_000 }, at(nowMs - 200));
    const first = await setAside(300, { bytesMax: 1_000 }, at(nowMs - 300));
    const third = await setAside(400, { bytesMax: 1_000 }, at(nowMs - 100));
    expect(await idsIn()).toEqual([first, second, third]);
    const job = testJob();
    await newExchange().admit({ job }, randomBytes(301), roomyLimits);
    const kept = await newStore().setAside(quarantined(job, at(nowMs)), { ...roomy, bytesMax: 1_000 });
    expect(kept).toEqual({ bytes: 301, bytesKept: 301, dropped: 2 });
    expect(await idsIn()).toEqual([third, job.id]);
    expect(await picturesIn()).toEqual([third, job.id].sort());
  });

  test('a picture that is larger than all may be drives nobody out, and leaves its row', async () => {
    const small = await setAside(100, { bytesMax: 1_000 });
    const large = await setAside(1_001, { bytesMax: 1_000 });
    expect(await newStore().list(0)).toMatchObject([
      { id: small, bytesKept: 100 },
      { id: large, bytes: 1_001, bytesKept: 0 },
    ]);
    expect(await picturesIn()).toEqual([small]);
    // The answer lets go of these bytes, as of all others.
    expect(await world.redis.exists(keys.upload(large))).toBe(1);
  });

  test('what is set holds up to an eighth of what Redis may hold', () => {
    const settings = { SHOAL_QUARANTINE_TTL_MS: 5_000, SHOAL_QUARANTINE_BYTES_MAX: 1_000 };
    expect(quarantineLimits(settings, 0)).toEqual({ ttlMs: 5_000, bytesMax: 1_000 });
    expect(quarantineLimits(settings, 8_001).bytesMax).toBe(1_000);
    expect(quarantineLimits(settings, 7_999).bytesMax).toBe(999);
  });

  test('the number of rows is bounded as well', async () => {
    const ids = [];
    for (let n = 0; n < 5; n++) {
      ids.push(await setAside(10, { picturesMax: 3 }, { setAsideAtMs: Date.now() + n }));
    }
    expect(await idsIn()).toEqual(ids.slice(-3));
  });

  test('after its time a picture is gone from everywhere, without anybody’s doing', async () => {
    const old = await setAside(100, { ttlMs: 60_000 }, { setAsideAtMs: Date.now() - 60_001 });
    expect(await newStore().read(old, Date.now())).toBeUndefined();
    expect(await newStore().list(Date.now())).toEqual([]);
    expect(await newStore().readFigures(Date.now())).toEqual(new Map());
    const young = await setAside(50);
    expect((await newStore().list(Date.now())).map(({ id }) => id)).toEqual([young]);
    expect(await newStore().readFigures(Date.now())).toEqual(new Map([['tiny', { pictures: 1, bytes: 50 }]]));
    // Its row went when the next one came.
    expect(await world.redis.hlen(keys.quarantineRows)).toBe(1);
    for (const key of [keys.quarantined(young), keys.quarantine, keys.quarantineRows]) {
      const ttlMs = await world.redis.pttl(key);
      expect(ttlMs).toBeGreaterThan(50_000);
      expect(ttlMs).toBeLessThanOrEqual(60_000);
    }
  });

  test('what is to go soon does not take the others along', async () => {
    const long = await setAside(10, { ttlMs: 600_000 });
    await setAside(10, { ttlMs: 1_000 });
    expect(await world.redis.pttl(keys.quarantineRows)).toBeGreaterThan(500_000);
    expect((await newStore().list(Date.now() + 5_000)).map(({ id }) => id)).toEqual([long]);
  });
});

describe('the operator', () => {
  test('drops one, or all, and is told which were there', async () => {
    const [one, two, three] = [await setAside(10), await setAside(20), await setAside(30)];
    expect(await newStore().drop([one, testJob().id])).toEqual([one]);
    expect(await newStore().drop([one])).toEqual([]);
    expect([...(await newStore().dropAll())].sort()).toEqual([two, three].sort());
    expect(await world.redis.keys('{test}:quarantine*')).toEqual([]);
  });

  test('sees what can be read beside what only another version can, and may drop both', async () => {
    const known = await setAside(10);
    for (const [n, row] of ['10 10 tiny {"is": "of later"}', '10 10 tiny {', 'nothing'].entries()) {
      await world.redis.zadd(keys.quarantine, Date.now() + 60_000, `odd-${n}`);
      await world.redis.hset(keys.quarantineRows, `odd-${n}`, row);
    }
    expect(await idsIn()).toEqual([known]);
    expect(await newStore().read('odd-0', 0)).toBeUndefined();
    // These neither stop the next one nor count for what cannot be read of them.
    const next = await setAside(20);
    expect(await idsIn()).toEqual([known, next]);
    expect((await newStore().readFigures(Date.now())).get('tiny')).toEqual({ pictures: 4, bytes: 50 });
    expect(await newStore().dropAll()).toHaveLength(5);
  });

  test('has figures by model', async () => {
    expect(await newStore().readFigures(Date.now())).toEqual(new Map());
    await setAside(10);
    await setAside(2_000, { bytesMax: 1_000 });
    await setAside(30, {}, {}, testJob({ model: 'other' }));
    expect(await newStore().readFigures(Date.now())).toEqual(
      new Map([
        ['tiny', { pictures: 2, bytes: 10 }],
        ['other', { pictures: 1, bytes: 30 }],
      ]),
    );
  });
});
