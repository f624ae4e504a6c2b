/** Who is let in, and what is said to whoever is not: at once, with a time to come back that means something. */
import { expect, test } from 'vitest';
import { lookAt, predict, submit } from '../support/ask.ts';
import { plainPicture, pictureThat } from '../support/pictures.ts';
import { lookInto, startScriptedStack } from '../support/scripted-stack.ts';
import { waitFor } from '../support/wait-for.ts';

const model = 'scripted';

test(
  'a wait that would pass the deadline is refused at once, and the way out is named',
  { timeout: 60_000 },
  async () => {
    const stack = await startScriptedStack({ yaml: 'maxBatch: 1\n' });
    // Two slow ones tell the worker, and it tells the gateways, how fast it is.
    for (let i = 0; i < 2; i += 1) await predict(stack.url, model, await pictureThat('takesLong'));
    await waitFor('an estimate', async () => {
      const { body } = await predict(stack.url, model, await plainPicture([1, 2, 3]), {
        headers: { prefer: 'respond-async' },
      });
      return typeof body['estimatedMs'] === 'number';
    });
    const slow = await pictureThat('takesLong');
    const ids = await Promise.all(
      Array.from({ length: 40 }, () => submit(stack.url, model, slow, { deadlineMs: '3600000' })),
    );
    const last = await lookAt(stack.url, ids.at(-1)!);
    expect(Number(last.body['place'])).toBeGreaterThan(20);
    expect(Number(last.body['estimatedMs'])).toBeGreaterThan(2_000);

    await waitFor('the refusal', async () => {
      const { status } = await predict(stack.url, model, slow, {
        query: { deadlineMs: '500' },
        headers: { prefer: 'respond-async' },
      });
      return status === 503;
    });
    const refused = await predict(stack.url, model, slow, { query: { deadlineMs: '500' } });
    expect(refused).toMatchObject({ status: 503, body: { error: { code: 'overloaded' } } });
    expect(refused.body.error?.message).toContain('respond-async');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(1);
    // Who has the time is let in all the same.
    await submit(stack.url, model, slow);
  },
);

test('pictures stop at three quarters of Redis, so that answers still have room', async () => {
  const stack = await startScriptedStack();
  const redis = lookInto(stack);
  const used = Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
  await redis.config('SET', 'maxmemory', String(Math.floor(used / 0.7)));
  expect((await predict(stack.url, model, await plainPicture([1, 2, 3]))).status).toBe(200);
  await redis.config('SET', 'maxmemory', String(Math.floor(used / 0.8)));
  await waitFor('the refusal', async () => {
    const { status, body } = await predict(stack.url, model, await plainPicture([1, 2, 3]));
    return status === 503 && body.error?.code === 'overloaded';
  });
  await redis.config('SET', 'maxmemory', '256mb');
  await waitFor(
    'room',
    async () => (await predict(stack.url, model, await plainPicture([1, 2, 3]))).status === 200,
  );
});
