/** A Redis without room refuses what is new, and loses nothing of what was accepted. */
import { expect, test } from 'vitest';
import { predict } from '../support/ask.ts';
import { pictureThat, plainPicture } from '../support/pictures.ts';
import { lookInto, startScriptedStack } from '../support/scripted-stack.ts';
import { waitFor } from '../support/wait-for.ts';

test(
  'it fills up while pictures wait: they are answered, new ones are refused, workers stay',
  { timeout: 60_000 },
  async () => {
    // One picture a batch, so that most of them still wait, unmarked, when the room is gone.
    const stack = await startScriptedStack({ yaml: 'maxBatch: 1\n' });
    const redis = lookInto(stack);
    const slow = predict(stack.url, 'scripted', await pictureThat('takesLong'));
    await waitFor(
      'the slow one to run',
      async () => (await redis.llen('{shoal}:queue:scripted:active')) === 1,
    );
    const waiting = Array.from({ length: 8 }, async (_, index) =>
      predict(stack.url, 'scripted', await plainPicture([index, 0, 0])),
    );
    await waitFor('all to be accepted', async () => (await redis.zcard('{shoal}:ledger')) === 9);
    const used = Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
    await redis.config('SET', 'maxmemory', String(Math.floor(used * 0.9)));

    const refused = await predict(stack.url, 'scripted', await plainPicture([9, 9, 9]));
    expect(refused).toMatchObject({ status: 503, body: { error: { code: 'overloaded' } } });
    expect((await slow).status).toBe(200);
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual(waiting.map(() => 200));
    // Longer than a sign of life lasts: it is renewed all the same.
    await new Promise((resolve) => setTimeout(resolve, 7_000));
    expect(await redis.keys('{shoal}:worker:scripted/*')).toHaveLength(1);

    await redis.config('SET', 'maxmemory', '256mb');
    await waitFor(
      'the gateway to see that there is room',
      async () => (await predict(stack.url, 'scripted', await plainPicture([9, 9, 9]))).status === 200,
    );
  },
);
