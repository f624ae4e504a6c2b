import { deathsAloneMax, failedResult, type Job } from '@shoal/shared/contract';
import { QuarantineStore } from '@shoal/shared/redis';
import { describe, expect, test } from 'vitest';
import { testJob, useRedis } from '../../../../tests/support/exchange.ts';
import type { WorkerContext } from './context.ts';
import { processJob } from './process-job.ts';
import { SetAsideError } from './take-job.ts';
import { admitForTest, testContext, testKeys, testPicture } from './test-context.ts';

const world = useRedis();
const picture = await testPicture();

/** Accepted, and every run of it was the worker's last. */
async function poison(context: WorkerContext): Promise<Job> {
  const job = await admitForTest(testJob({ options: { minScore: 0.4 } }), picture, context);
  await context.exchange.markStart(job.id, 'together', 60_000);
  for (let n = 0; n < deathsAloneMax; n++) await context.exchange.markStart(job.id, 'alone', 60_000);
  return job;
}

const deliver = (job: Job, context: WorkerContext) =>
  processJob({ job, isLast: false }, context).then(
    () => 'completed' as const,
    (error: unknown) => error as Error,
  );

describe('a picture that ended every worker that tried it', () => {
  test('is kept byte for byte, with what is known of it, and answered', async () => {
    const context = testContext(world, { now: () => 5_000, device: 'cuda:1' });
    const job = await poison(context);
    expect(await deliver(job, context)).toBeInstanceOf(SetAsideError);
    expect(await context.exchange.getResult(job.id)).toMatchObject({ error: { code: 'model_failed' } });
    const { id, model, priority, options, mediaType, acceptedAtMs, requestId } = job;
    const store = new QuarantineStore(world.redis, testKeys);
    expect(await store.list(5_000)).toEqual([
      {
        id,
        model,
        priority,
        options,
        mediaType,
        acceptedAtMs,
        requestId,
        setAsideAtMs: 5_000,
        answeredAs: 'failed',
        deaths: { together: 1, alone: deathsAloneMax },
        givenUpBy: { workerId: 'worker-1', device: 'cuda:1', version: 'v1' },
        bytes: picture.length,
        bytesKept: picture.length,
        expiresAtMs: 65_000,
      },
    ]);
    expect(await store.fetchPicture(id)).toEqual(picture);
    expect(await world.redis.exists(testKeys.upload(id), testKeys.started(id), testKeys.ledger)).toBe(0);
  });

  test('is kept once when the worker dies between this and the answer', async () => {
    const context = testContext(world);
    const job = await poison(context);
    const dies = testContext(world, {
      exchange: Object.assign(testContext(world).exchange, {
        publishResult: async () => {
          throw new Error('died');
        },
      }),
    });
    expect(await deliver(job, dies)).toMatchObject({ message: 'died' });
    expect(await context.exchange.getResult(job.id)).toBeUndefined();
    expect(await deliver(job, context)).toBeInstanceOf(SetAsideError);
    expect(await context.exchange.getResult(job.id)).toMatchObject({ error: { code: 'model_failed' } });
    expect(await world.redis.zcard(testKeys.quarantine)).toBe(1);
    expect(await world.redis.getBuffer(testKeys.quarantined(job.id))).toEqual(picture);
  });

  test('is answered also where it cannot be kept', async () => {
    const quarantine = {
      ...testContext(world).quarantine,
      store: {
        setAside: async () => {
          throw new Error('no room');
        },
      },
    };
    const context = testContext(world, { quarantine });
    const job = await poison(context);
    expect(await deliver(job, context)).toBeInstanceOf(SetAsideError);
    expect(await context.exchange.getResult(job.id)).toEqual(
      failedResult(job.id, 'model_failed', 'this picture ended every worker that tried it'),
    );
  });
});

test('a picture that fails in order is nobody’s poison: it is not kept', async () => {
  const context = testContext(world, {
    compute: async () => {
      throw new Error('the model cannot');
    },
  });
  const job = await admitForTest(testJob(), picture, context);
  await processJob({ job, isLast: true }, context).catch(() => undefined);
  expect(await context.exchange.getResult(job.id)).toMatchObject({ error: { code: 'model_failed' } });
  expect(await world.redis.keys('{test}:quarantine*')).toEqual([]);
});
