/** Every 202 survives whatever becomes of Redis, as long as it keeps what it acknowledged. */
import { expect, test } from 'vitest';
import { lookAt, predict, submit } from '../support/ask.ts';
import { pictureThat, plainPicture } from '../support/pictures.ts';
import { lookInto, startScriptedStack } from '../support/scripted-stack.ts';
import type { Stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const model = 'scripted';
const count = 12;

const startStack = (redis: Parameters<typeof startScriptedStack>[0] = {}): Promise<Stack> =>
  startScriptedStack({ ...redis, yaml: 'maxBatch: 1\n', env: { SHOAL_REDIS_TIMEOUT_MS: '1000' } });

/** Pictures of as many sizes, so that each answer can be told from the others; the first keeps the rest waiting. */
async function acceptMany(stack: Stack): Promise<{ id: string; width: number }[]> {
  const slow = { id: await submit(stack.url, model, await pictureThat('takesLong')), width: 64 };
  const others = Array.from({ length: count - 1 }, async (_, index) => {
    const width = 65 + index;
    return { id: await submit(stack.url, model, await plainPicture([index, 0, 0], width)), width };
  });
  return [slow, ...(await Promise.all(others))];
}

async function expectAnswers(
  stack: Stack,
  accepted: readonly { id: string; width: number }[],
): Promise<void> {
  for (const { id, width } of accepted) {
    const { status, body } = await lookAt(stack.url, id, 20);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { id, status: 'succeeded', image: { width } },
    });
  }
  const redis = lookInto(stack);
  await waitFor('an empty ledger', async () => (await redis.hlen('{shoal}:ledger:rows')) === 0);
  expect(
    Object.values(await redis.hgetall('{shoal}:ledger:totals')).filter((total) => total !== '0'),
  ).toEqual([]);
  expect(await redis.keys('{shoal}:upload:*')).toEqual([]);
}

const isReady = (stack: Stack) => async () => (await fetch(`${stack.url}/readyz`)).ok;

test(
  'killed, and started again with its file: every 202 is answered, with its own answer',
  { timeout: 90_000 },
  async () => {
    const stack = await startStack({ redis: { isAppendOnly: true, isSyncedAlways: true } });
    const accepted = await acceptMany(stack);
    await stack.redis.kill();
    const startedMs = performance.now();
    const asked = await lookAt(stack.url, accepted[0]!.id);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    expect(asked).toMatchObject({ status: 503, body: { error: { code: 'redis_unavailable' } } });
    await stack.redis.restart();
    await waitFor('the gateway to be ready again', isReady(stack));
    await expectAnswers(stack, accepted);
  },
);

test('frozen for longer than locks and signs of life last: the same', { timeout: 90_000 }, async () => {
  const stack = await startStack();
  const accepted = await acceptMany(stack);
  await stack.redis.pause();
  for (const ask of [
    () => lookAt(stack.url, accepted[0]!.id),
    async () => predict(stack.url, model, await plainPicture([9, 9, 9])),
  ]) {
    const startedMs = performance.now();
    expect(await ask()).toMatchObject({ status: 503, body: { error: { code: 'redis_unavailable' } } });
    expect(performance.now() - startedMs).toBeLessThan(2_500);
  }
  await new Promise((resolve) => setTimeout(resolve, 8_000));
  await stack.redis.resume();
  await waitFor('the gateway to be ready again', isReady(stack));
  await expectAnswers(stack, accepted);
  expect(stack.workers[0]!.isRunning).toBe(true);
});

test('full: new ones are refused at once, the accepted are answered', { timeout: 90_000 }, async () => {
  const stack = await startStack();
  const redis = lookInto(stack);
  const accepted = await acceptMany(stack);
  const used = Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
  await redis.config('SET', 'maxmemory', String(Math.floor(used * 0.9)));
  const startedMs = performance.now();
  expect(await predict(stack.url, model, await plainPicture([9, 9, 9]))).toMatchObject({
    status: 503,
    body: { error: { code: 'overloaded' } },
  });
  expect(performance.now() - startedMs).toBeLessThan(2_000);
  await expectAnswers(stack, accepted);
  await redis.config('SET', 'maxmemory', '256mb');
  await waitFor(
    'room to be seen',
    async () => (await predict(stack.url, model, await plainPicture([9, 9, 9]))).status === 200,
  );
});
