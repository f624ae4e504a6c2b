import { ServiceError, deathsAloneMax, expiredResult, type Job } from '@shoal/shared/contract';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { testJob, testResult, useRedis } from '../../../../tests/support/exchange.ts';
import { Batcher } from '../batcher.ts';
import { ThreadEndedError } from '../inference/lane.ts';
import type { InferenceItem, InferenceOutput } from './context.ts';
import { processJob } from './process-job.ts';
import { SetAsideError } from './take-job.ts';
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
const largePicture = await testPicture(101, 100);

/** What a test may ask of one delivery: which job, with which engine, and what became of it. */
async function deliver(
  options: { job?: Partial<Job>; bytes?: Buffer; compute?: Compute; isLast?: boolean; starts?: number } = {},
) {
  const seen: InferenceItem[] = [];
  const compute = options.compute ?? findsASquare;
  const context = testContext(world, {
    compute: async (items) => {
      seen.push(...items);
      return compute(items);
    },
  });
  const job = await admitForTest(testJob(options.job), options.bytes ?? picture, context);
  for (let n = 0; n < (options.starts ?? 0); n++) await context.exchange.markStart(job.id, 'alone', 60_000);
  const outcome = await processJob({ job, isLast: options.isLast ?? false }, context).then(
    () => 'completed' as const,
    (error: unknown) => error as Error,
  );
  return { job, context, seen, outcome, answer: await context.exchange.getResult(job.id) };
}

const leftOf = (job: Job) =>
  world.redis.exists(testKeys.upload(job.id), testKeys.started(job.id), testKeys.ledger);

const throws =
  (error: Error): Compute =>
  async () => {
    throw error;
  };
/** Narrow pictures fail. */
const failsOnNarrow: Compute = async (items) => {
  const found = await findsASquare(items);
  return items.map(({ geometries }, index) =>
    geometries[0]!.imageWidth === 13 ? { ok: false, error: new Error('the one') } : found[index]!,
  );
};
const isFree = async (context: ReturnType<typeof testContext>) => {
  const entered = context.gate.enter('alone').then(() => true);
  return Promise.race([entered, new Promise<false>((resolve) => setTimeout(resolve, 50, false))]);
};

describe('a picture', () => {
  test('that can be read is answered with what was found, in its own pixels, and nothing of it is left', async () => {
    const { job, seen, outcome, answer } = await deliver({
      job: { options: { minScore: 0.4, classes: ['square'] } },
    });
    expect(outcome).toBe('completed');
    expect(answer).toMatchObject({
      id: job.id,
      status: 'succeeded',
      model: { name: 'tiny', version: 'v1' },
      image: { width: 64, height: 48 },
      detections: [{ label: 'square', classId: 1, score: 0.5, box: { x1: 16, y1: 12, x2: 48, y2: 36 } }],
    });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({
      deadlineAtMs: job.deadlineAtMs,
      options: { minScore: 0.4, iou: 0.45, maxDetections: 300, classAgnostic: false, classIds: [1] },
      views: [{ width: 64, height: 64 }],
      geometries: [{ imageWidth: 64, imageHeight: 48, padTop: 8 }],
    });
    expect(await leftOf(job)).toBe(0);
  });

  test.each([
    ['cannot be decoded', 'image_undecodable', { bytes: picture.subarray(0, 60) }],
    ['has too many pixels', 'image_too_large', { bytes: largePicture }],
    [
      'is to be searched for a class that is not there',
      'options_invalid',
      { job: { options: { classes: ['hexagon'] } } },
    ],
  ])(
    'that %s is answered with %s, the job completes, and no inference was spent',
    async (_what, code, given) => {
      const { job, seen, outcome, answer, context } = await deliver(given);
      expect(outcome).toBe('completed');
      expect(answer).toMatchObject({ status: 'failed', error: { code } });
      expect(seen).toEqual([]);
      expect(await leftOf(job)).toBe(0);
      expect(await isFree(context)).toBe(true);
    },
  );

  test('that ends too early is answered with a warning where its caller allows that', async () => {
    const jpeg = await sharp(picture).jpeg().toBuffer();
    const { outcome, answer } = await deliver({
      bytes: jpeg.subarray(0, jpeg.length - 20),
      job: { options: { allowTruncated: true }, mediaType: 'image/jpeg' },
    });
    expect(outcome).toBe('completed');
    expect(answer).toMatchObject({ status: 'succeeded', warnings: [{ code: 'image_truncated' }] });
  });

  test('whose bytes are gone is upload_lost', async () => {
    const context = testContext(world);
    const job = await admitForTest(testJob(), await testPicture(), context);
    await world.redis.del(testKeys.upload(job.id));
    await processJob({ job, isLast: false }, context);
    expect(await context.exchange.getResult(job.id)).toMatchObject({ error: { code: 'upload_lost' } });
  });
});

describe('time', () => {
  test('that is over when the job is taken costs no inference', async () => {
    const { job, seen, outcome, answer } = await deliver({ job: { deadlineAtMs: Date.now() - 1 } });
    expect([outcome, answer, seen]).toEqual(['completed', expiredResult(job.id), []]);
    expect(await leftOf(job)).toBe(0);
  });

  test('that is over when the batch begins costs none either', async () => {
    let computed = 0;
    const batcher = new Batcher<InferenceItem, InferenceOutput>({
      batchMax: 1,
      batchMsMax: 1_000,
      lanes: 1,
      compute: async (items) => {
        computed += 1;
        return findsASquare(items);
      },
      expire: () => new ServiceError('deadline_exceeded', 'expired before inference'),
      now: () => Number.POSITIVE_INFINITY,
    });
    const context = testContext(world, { batcher });
    const job = await admitForTest(testJob(), picture, context);
    await processJob({ job, isLast: false }, context);
    expect(await context.exchange.getResult(job.id)).toEqual(expiredResult(job.id));
    expect(computed).toBe(0);
  });
});

describe('trouble', () => {
  test('is thrown for another delivery: no answer, no mark, and the bytes still there', async () => {
    const { job, outcome, answer, context } = await deliver({
      compute: throws(new Error('the device is busy')),
    });
    expect(outcome).toMatchObject({ message: 'the device is busy' });
    expect(answer).toBeUndefined();
    expect(await context.exchange.inspect(job.id)).toEqual({
      answered: false,
      starts: { together: 0, alone: 0 },
    });
    expect(await context.exchange.fetchUpload(job.id)).toEqual(picture);
    expect(await isFree(context)).toBe(true);
  });

  test('the last time is answered as well, without its words, and still thrown for the operator', async () => {
    const { job, outcome, answer, context } = await deliver({
      compute: throws(new Error('secret of the device')),
      isLast: true,
    });
    expect(outcome).toMatchObject({ message: 'secret of the device' });
    expect(answer).toMatchObject({ status: 'failed', error: { code: 'model_failed' } });
    expect(JSON.stringify(answer)).not.toContain('secret');
    expect(await leftOf(job)).toBe(0);
    expect(await isFree(context)).toBe(true);
  });

  test('that was the end of the thread keeps the mark, so that the picture runs alone from then on', async () => {
    const first = await deliver({ compute: throws(new ThreadEndedError('gone')) });
    expect(first.answer).toBeUndefined();
    expect(await first.context.exchange.inspect(first.job.id)).toMatchObject({
      starts: { together: 1, alone: 0 },
    });
    await expect(processJob({ job: first.job, isLast: false }, first.context)).rejects.toThrow('gone');
    expect(await first.context.exchange.inspect(first.job.id)).toMatchObject({
      starts: { together: 1, alone: 1 },
    });
    expect(await isFree(first.context)).toBe(true);
  });

  test('that was the end of the thread every time is set aside, as when it was the end of the process', async () => {
    const { job, outcome, answer } = await deliver({
      compute: throws(new ThreadEndedError('gone')),
      starts: deathsAloneMax - 1,
      isLast: true,
    });
    expect(outcome).toBeInstanceOf(SetAsideError);
    expect(outcome).toMatchObject({ deaths: { alone: deathsAloneMax } });
    expect(answer).toMatchObject({ status: 'failed', error: { code: 'model_failed' } });
    expect(await leftOf(job)).toBe(0);
  });

  test('of a code that may pass is no answer before the last time', async () => {
    const error = new ServiceError('redis_unavailable', 'away');
    expect((await deliver({ compute: throws(error) })).answer).toBeUndefined();
    expect((await deliver({ compute: throws(error), isLast: true })).answer).toMatchObject({
      error: { code: 'model_failed' },
    });
  });

  test('one picture of a batch that fails leaves its neighbours as they are', async () => {
    const context = testContext(world, { compute: failsOnNarrow });
    const sizes = [64, 13, 50];
    const jobs = await Promise.all(
      sizes.map(async (size) => admitForTest(testJob(), await testPicture(size, 48), context)),
    );
    await Promise.allSettled(jobs.map((job) => processJob({ job, isLast: true }, context)));
    const answers = await Promise.all(jobs.map(({ id }) => context.exchange.getResult(id)));
    expect(answers.map((answer) => answer?.status)).toEqual(['succeeded', 'failed', 'succeeded']);
  });
});

describe('a job that', () => {
  test('is answered already completes without a run, and its answer stays', async () => {
    const context = testContext(world, { compute: throws(new Error('must not run')) });
    const job = testJob();
    await context.exchange.publishResult(testResult(job.id), job);
    await admitForTest(job, picture, context);
    await processJob({ job, isLast: true }, context);
    expect(await context.exchange.getResult(job.id)).toEqual(testResult(job.id));
  });

  test('ended every worker that tried it is model_failed, and set aside for an operator', async () => {
    const { job, seen, outcome, answer } = await deliver({ starts: deathsAloneMax });
    expect(outcome).toBeInstanceOf(SetAsideError);
    expect(answer).toMatchObject({ status: 'failed', error: { code: 'model_failed' } });
    expect(seen).toEqual([]);
    expect(await leftOf(job)).toBe(0);
  });

  test('was answered by somebody else meanwhile completes, and the first answer stays', async () => {
    const context = testContext(world, {
      compute: async (items) => {
        await context.exchange.publishResult(expiredResult(job.id), job);
        return findsASquare(items);
      },
    });
    const job = await admitForTest(testJob(), picture, context);
    await processJob({ job, isLast: false }, context);
    expect(await context.exchange.getResult(job.id)).toEqual(expiredResult(job.id));
    expect(await isFree(context)).toBe(true);
  });
});
