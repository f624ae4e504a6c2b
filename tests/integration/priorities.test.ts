/** Classes of urgency: the urgent overtake, and nobody starves. */
import { expect, test } from 'vitest';
import { lookAt, predict, submit } from '../support/ask.ts';
import { plainPicture } from '../support/pictures.ts';
import { lookInto, startScriptedStack } from '../support/scripted-stack.ts';
import type { Stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const model = 'scripted';

const before = (ends: readonly number[], ms: number) => ends.filter((end) => end < ms).length;

async function endedAtMs(stack: Stack, id: string): Promise<number> {
  const { body } = await lookAt(stack.url, id, 25);
  const { totalMs } = body['timings'] as { totalMs: number };
  // The first 48 bits of such an id are the time when it was made.
  return parseInt(id.replaceAll('-', '').slice(0, 12), 16) + totalMs;
}

test('the urgent overtake a long queue of others, and the others move under a flood of the urgent', async () => {
  const stack = await startScriptedStack({ yaml: 'maxBatch: 8\n' });
  // Nobody takes anything until all of it waits.
  await stack.workers[0]!.kill();
  const picture = await plainPicture([1, 2, 3]);
  const flood = await Promise.all(
    Array.from({ length: 150 }, () => submit(stack.url, model, picture, { priority: 'high' })),
  );
  const bulk = await Promise.all(
    Array.from({ length: 150 }, () => submit(stack.url, model, picture, { priority: 'low' })),
  );
  const normal = await submit(stack.url, model, picture);
  await stack.startWorker(model);

  const highEnds = await Promise.all(flood.map((id) => endedAtMs(stack, id)));
  const lowEnds = await Promise.all(bulk.map((id) => endedAtMs(stack, id)));
  const normalEnd = await endedAtMs(stack, normal);
  const lastHigh = Math.max(...highEnds);
  // Low ones came last and are many, yet some are done before the flood is over: about one in nine.
  expect(before(lowEnds, lastHigh)).toBeGreaterThan(4);
  expect(before(lowEnds, lastHigh)).toBeLessThan(75);
  // The one between them came after all 300 and is done while most of them still wait.
  expect(before([...highEnds, ...lowEnds], normalEnd)).toBeLessThan(100);
});

test('a class that is unknown is refused with the names of those that are there', async () => {
  const stack = await startScriptedStack();
  const answer = await predict(stack.url, model, await plainPicture([1, 2, 3]), {
    query: { priority: 'urgent' },
  });
  expect(answer).toMatchObject({ status: 400, body: { error: { code: 'options_invalid' } } });
  expect(answer.body.error?.message).toContain('high, normal, low');
});

test('what is canceled in any class leaves its queue', async () => {
  const stack = await startScriptedStack();
  const redis = lookInto(stack);
  await stack.workers[0]!.kill();
  for (const [priority, queue] of [
    ['high', 'scripted@high'],
    ['normal', 'scripted'],
    ['low', 'scripted@low'],
  ] as const) {
    const id = await submit(stack.url, model, await plainPicture([1, 2, 3]), { priority });
    expect(await redis.llen(`{shoal}:queue:${queue}:wait`)).toBe(1);
    await fetch(`${stack.url}/v1/predictions/${id}`, { method: 'DELETE' });
    await waitFor('it to leave', async () => (await redis.llen(`{shoal}:queue:${queue}:wait`)) === 0);
  }
});
