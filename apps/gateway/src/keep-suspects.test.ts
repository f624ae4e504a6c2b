import { canceledResult, expiredResult, keysOf } from '@shoal/shared/contract';
import { ExchangeStore, QuarantineStore } from '@shoal/shared/redis';
import { describe, expect, test } from 'vitest';
import { roomyLimits, testJob, testResult, useRedis } from '../../../tests/support/exchange.ts';
import { keepSuspects, type SuspectSources } from './keep-suspects.ts';

const world = useRedis();
const keys = keysOf('test');
const exchange = () => new ExchangeStore(world.redis, keys);
const quarantine = () => new QuarantineStore(world.redis, keys);
const bytes = Buffer.from('a picture');

function endings(fields: Partial<SuspectSources> = {}, logged: string[] = []) {
  return keepSuspects({
    redis: world.redis,
    exchange: exchange(),
    quarantine: quarantine(),
    settings: { SHOAL_QUARANTINE_TTL_MS: 60_000, SHOAL_QUARANTINE_BYTES_MAX: 1_000 },
    log: { warn: (_: unknown, text?: string) => void logged.push(text ?? '') } as SuspectSources['log'],
    ...fields,
  });
}

/** Accepted, and begun so often. */
async function begun(together: number, alone: number) {
  const job = testJob({ options: { minScore: 0.4 } });
  await exchange().admit({ job }, bytes, roomyLimits);
  for (let n = 0; n < together; n++) await exchange().markStart(job.id, 'together', 60_000);
  for (let n = 0; n < alone; n++) await exchange().markStart(job.id, 'alone', 60_000);
  return job;
}

describe('a prediction that ends without an answer of a worker', () => {
  test.each([
    ['expired', expiredResult],
    ['canceled', (id: string) => canceledResult(id, 'the caller left')],
  ] as const)(
    'is kept when a worker died with it alone, and is %s all the same',
    async (status, resultOf) => {
      const job = await begun(1, 2);
      const result = resultOf(job.id);
      expect(await endings().publishResult(result, job, { isEnding: true })).toBe(result);
      expect(await exchange().getResult(job.id)).toEqual(result);
      expect(await quarantine().list(0)).toMatchObject([
        { id: job.id, answeredAs: status, deaths: { together: 1, alone: 2 }, options: { minScore: 0.4 } },
      ]);
      expect(await quarantine().fetchPicture(job.id)).toEqual(bytes);
      expect(await world.redis.exists(keys.upload(job.id), keys.started(job.id), keys.ledgerRows)).toBe(0);
    },
  );

  test.each([
    ['was never begun', 0, 0],
    ['died among others only: a neighbour may be guilty', 9, 0],
    ['runs alone for the first time', 1, 1],
  ])('and %s is not kept', async (_what, together, alone) => {
    const job = await begun(together, alone);
    await endings().publishResult(expiredResult(job.id), job, { isEnding: true });
    expect(await world.redis.keys('{test}:quarantine*')).toEqual([]);
  });

  test('but was answered in time is not kept, and the answer stands', async () => {
    const job = await begun(0, 2);
    await exchange().publishResult(testResult(job.id), job);
    await exchange().markStart(job.id, 'alone', 60_000);
    await exchange().markStart(job.id, 'alone', 60_000);
    const standing = await endings().publishResult(expiredResult(job.id), job, { isEnding: true });
    expect(standing).toEqual(testResult(job.id));
    expect(await world.redis.keys('{test}:quarantine*')).toEqual([]);
  });

  test('ends also where it cannot be kept', async () => {
    const job = await begun(0, 2);
    const logged: string[] = [];
    const broken = {
      setAside: async () => {
        throw new Error('no room');
      },
    };
    await endings({ quarantine: broken }, logged).publishResult(expiredResult(job.id), job);
    expect(await exchange().getResult(job.id)).toEqual(expiredResult(job.id));
    expect(logged).toEqual(['a suspect could not be kept for the operator']);
  });
});
