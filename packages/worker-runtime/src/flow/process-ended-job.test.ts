import { ServiceError, canceledResult, type Job } from '@shoal/shared/contract';
import { describe, expect, test } from 'vitest';
import { testJob, useRedis } from '../../../../tests/support/exchange.ts';
import { waitFor } from '../../../../tests/support/wait-for.ts';
import { Pace } from '../pace.ts';
import { processJob } from './process-job.ts';
import {
  admitForTest,
  findsASquare,
  testContext,
  testKeys,
  testPicture,
  type Compute,
} from './test-context.ts';

const world = useRedis();
const picture = await testPicture();

/** An engine that computes one batch at a time, each when the test says so. */
function heldEngine() {
  const batches: number[] = [];
  const releases: (() => void)[] = [];
  const compute: Compute = async (items) => {
    batches.push(items.length);
    await new Promise<void>((release) => releases.push(release));
    return findsASquare(items);
  };
  const release = async () => {
    await waitFor('a batch', () => releases.length > 0);
    releases.shift()!();
  };
  return { batches, compute, release };
}

const begin = (job: Job, context: ReturnType<typeof testContext>) =>
  processJob({ job, isLast: false }, context);

describe('a prediction that ended elsewhere', () => {
  test('while its bytes were fetched is not even decoded', async () => {
    const engine = heldEngine();
    const context = testContext(world, engine);
    const job = await admitForTest(testJob(), Buffer.from('no picture at all'), context);
    const run = begin(job, context);
    context.endings.end(job.id);
    await run;
    // Decoding would have answered that it cannot be decoded.
    expect(await context.exchange.getResult(job.id)).toMatchObject({ status: 'canceled' });
    expect(engine.batches).toEqual([]);
  });

  test('while it waited for the engine costs no inference, and the answer that ended it stands', async () => {
    const engine = heldEngine();
    const context = testContext(world, engine);
    const [first, ended, last] = [
      await admitForTest(testJob(), picture, context),
      await admitForTest(testJob(), picture, context),
      await admitForTest(testJob(), picture, context),
    ];
    const runs = [begin(first, context)];
    await waitFor('the first batch', () => engine.batches.length === 1);
    runs.push(begin(ended, context), begin(last, context));
    await waitFor('all to be taken', async () => {
      const marks = [ended, last].map(({ id }) => testKeys.started(id));
      return (await world.redis.exists(...marks)) === 2;
    });
    const answer = canceledResult(ended.id, 'canceled on request');
    await context.exchange.publishResult(answer, ended, { isEnding: true });
    context.endings.end(ended.id);
    await engine.release();
    await engine.release();
    await Promise.all(runs);
    expect(engine.batches).toEqual([1, 1]);
    expect(await context.exchange.getResult(ended.id)).toEqual(answer);
    for (const job of [first, last]) {
      expect(await context.exchange.getResult(job.id)).toMatchObject({ status: 'succeeded' });
    }
    expect(await world.redis.exists(testKeys.started(ended.id), testKeys.upload(ended.id))).toBe(0);
  });

  test('when it was computed already has the answer that stands, and is not delivered again', async () => {
    const engine = heldEngine();
    const context = testContext(world, engine);
    const job = await admitForTest(testJob(), picture, context);
    const run = begin(job, context);
    await waitFor('the batch', () => engine.batches.length === 1);
    const answer = canceledResult(job.id, 'canceled on request');
    await context.exchange.publishResult(answer, job, { isEnding: true });
    context.endings.end(job.id);
    await engine.release();
    await run;
    expect(await context.exchange.getResult(job.id)).toEqual(answer);
  });
});

describe('the pace', () => {
  test('counts pictures that were computed, and no others', async () => {
    let nowMs = 0;
    const pace = new Pace(1, () => nowMs);
    const context = testContext(world, {
      pace,
      compute: async (items) => {
        nowMs += 1_000;
        return findsASquare(items);
      },
    });
    await begin(await admitForTest(testJob(), Buffer.from('no picture'), context), context);
    expect(pace.read(undefined)).toBeUndefined();
    for (let n = 0; n < 2; n += 1) await begin(await admitForTest(testJob(), picture, context), context);
    expect(pace.read(undefined)).toBeCloseTo(1);
  });

  test('is not held up by a job that fails', async () => {
    let nowMs = 0;
    const pace = new Pace(1, () => nowMs);
    const context = testContext(world, {
      pace,
      compute: async () => {
        throw new ServiceError('redis_unavailable', 'away');
      },
    });
    const job = await admitForTest(testJob(), picture, context);
    await expect(begin(job, context)).rejects.toThrow('away');
    nowMs += 60_000;
    const healthy = testContext(world, {
      pace,
      compute: async (items) => {
        nowMs += 1_000;
        return findsASquare(items);
      },
    });
    await begin(await admitForTest(testJob(), picture, healthy), healthy);
    expect(pace.read(undefined)).toBeCloseTo(1);
  });
});
