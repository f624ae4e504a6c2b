import { expiredResult, failedResult } from '@shoal/shared/contract';
import { expect, test } from 'vitest';
import { testJob, testResult, useRedis } from '../../../../tests/support/exchange.ts';
import { publishResult } from './publish-result.ts';
import { admitForTest, testContext, testKeys } from './test-context.ts';

const world = useRedis();

const owedJob = (context: ReturnType<typeof testContext>) =>
  admitForTest(testJob(), Buffer.from('picture'), context);

/** What was counted of answers, by the name of the figure. */
async function counted({ metrics }: ReturnType<typeof testContext>): Promise<Record<string, number>> {
  const lines = (await metrics.render()).split('\n');
  const figures = lines.flatMap((line) => {
    const [, name, labels, value] = /^nv_inference_request_(\w+)\{(.*)\} (\d+)$/.exec(line) ?? [];
    if (name === undefined || value === '0') return [];
    return [[`${name} ${/reason="(\w+)"/.exec(labels!)?.[1] ?? ''}`.trim(), Number(value)] as const];
  });
  return Object.fromEntries(figures);
}

test('an answer is written and counted by the worker that was first with it', async () => {
  const context = testContext(world);
  const [good, bad] = [await owedJob(context), await owedJob(context)];
  await publishResult(testResult(good.id), good, context);
  await publishResult(failedResult(bad.id, 'image_undecodable', 'broken'), bad, context);
  expect(await context.exchange.getResult(good.id)).toEqual(testResult(good.id));
  expect(await counted(context)).toEqual({ success: 1, 'failure image_undecodable': 1 });
});

test('one that stands already is left as it is, and is not counted again', async () => {
  const context = testContext(world);
  const job = testJob();
  await context.exchange.publishResult(expiredResult(job.id), job);
  await publishResult(testResult(job.id), job, context);
  await publishResult(expiredResult(job.id), job, context);
  expect(await context.exchange.getResult(job.id)).toEqual(expiredResult(job.id));
  expect(await counted(context)).toEqual({});
});

test('a worker that answers is no ending: the others of the model are not told', async () => {
  const context = testContext(world);
  const job = await owedJob(context);
  const told: unknown[] = [];
  const exchange = Object.assign(Object.create(context.exchange) as typeof context.exchange, {
    publishResult: async (...args: Parameters<typeof context.exchange.publishResult>) => {
      told.push(args[2]);
      return context.exchange.publishResult(...args);
    },
  });
  await publishResult(testResult(job.id), job, { ...context, exchange });
  expect(told).toEqual([{ isOnlyIfOwed: true }]);
});

test('what was answered so long ago that the answer is no longer kept is not answered again', async () => {
  const context = testContext(world);
  const job = await owedJob(context);
  await publishResult(testResult(job.id), job, context);
  await world.redis.del(testKeys.result(job.id));
  await publishResult(failedResult(job.id, 'upload_lost', 'gone'), job, context);
  expect(await context.exchange.getResult(job.id)).toBeUndefined();
  expect(await counted(context)).toEqual({ success: 1 });
});
