/** Health that means something: who cannot do its work says so, and ends itself where a new process could do it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loopSilenceMsMax, takeSilenceMsMax } from '../../packages/shared/src/contract/index.ts';
import { predict } from '../support/ask.ts';
import { healthAddress } from '../support/metrics.ts';
import { pictureThat, plainPicture } from '../support/pictures.ts';
import { startRedis } from '../support/redis.ts';
import { lookInto, startScriptedStack } from '../support/scripted-stack.ts';
import type { ServiceProcess } from '../support/service-process.ts';
import type { Stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

/** A process that is asked by SIGUSR2 never comes back to its event loop. */
const blocks = encodeURIComponent("process.on('SIGUSR2', () => { for (;;); });");
const env = {
  NODE_OPTIONS: `--import=data:text/javascript,${blocks}`,
  SHOAL_METRICS_PORT: '0',
  // Time for a death that is noticed only by its silence, and for locks to run out.
  SHOAL_DEADLINE_MS: '60000',
  SHOAL_DRAIN_MS: '61000',
};

/** Status and words. */
async function ask(address: string): Promise<[number, string]> {
  const response = await fetch(address, { signal: AbortSignal.timeout(2_000) });
  return [response.status, await response.text()];
}

const isTaken = async (stack: Stack): Promise<boolean> => {
  const queues = await lookInto(stack).keys('{shoal}:queue:scripted:active');
  return queues.length > 0;
};

/** How often a worker of the stack wrote the answer that stands; a line of the log comes a little after what it tells of. */
async function answersBy(stack: Stack, id: unknown): Promise<number> {
  const lines = () =>
    stack.workers.flatMap(({ log }) => log).filter((line) => line.msg === 'answered' && line['id'] === id);
  await waitFor('the line of the answer', () => lines().length > 0);
  return lines().length;
}

/** A worker with a user of its own in Redis, whose loop fails once the user may no longer wait for jobs. */
async function startWithUser(stack: Stack): Promise<ServiceProcess> {
  const redis = lookInto(stack);
  await redis.call('ACL', 'SETUSER', 'worker', 'on', '>secret', '~*', '&*', '+@all');
  await stack.workers[0]!.kill();
  const worker = await stack.startWorker('scripted', {
    REDIS_URL: `redis://worker:secret@127.0.0.1:${stack.redis.port}`,
  });
  await waitFor('it to be ready', () => worker.log.some((line) => line.msg === 'ready'));
  return worker;
}

const isTimeout = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError';

describe('a process whose event loop is blocked', () => {
  test(
    'ends itself: what a worker held is answered once by the next one, and other gateways go on',
    { timeout: 180_000 },
    async () => {
      const stack = await startScriptedStack({ env });
      const worker = stack.workers[0]!;
      const address = await healthAddress(worker);
      const { url, gateway } = await stack.startGateway();
      const slow = predict(stack.url, 'scripted', await pictureThat('takesLong'));
      await waitFor('the job to be taken', () => isTaken(stack));
      for (const each of [worker, gateway]) each.signal('SIGUSR2');
      // What was asked in the moment of the signal may still be answered.
      for (const each of [address, url]) {
        await waitFor(`the silence of ${each}`, () => ask(`${each}/readyz`).then(() => false, isTimeout));
      }
      for (const each of [worker, gateway]) {
        await waitFor('its end', () => !each.isRunning, 4 * loopSilenceMsMax);
        expect(each.text).toContain('the event loop has stood still for 10 s: the process ends itself');
      }
      // What the launcher and Compose do.
      await stack.startWorker('scripted');
      const { status, body } = await slow;
      expect(status).toBe(200);
      expect(await answersBy(stack, body.id)).toBe(1);
    },
  );

  test(
    'one that was paused for longer than that, as by a closed lid, goes on as if nothing had been',
    { timeout: 180_000 },
    async () => {
      const stack = await startScriptedStack({ env: { ...env, SHOAL_INFERENCE_TIMEOUT_MS: '5000' } });
      const slow = predict(stack.url, 'scripted', await pictureThat('takesLong'));
      await waitFor('the job to be taken', () => isTaken(stack));
      const all = [stack.gateway, stack.workers[0]!];
      for (const each of all) each.signal('SIGSTOP');
      await sleep(Math.max(loopSilenceMsMax, takeSilenceMsMax) + 3_000);
      for (const each of all) each.signal('SIGCONT');
      await sleep(3_000);
      expect(all.map(({ isRunning }) => isRunning)).toEqual([true, true]);
      expect((await slow).status).toBe(200);
      expect((await predict(stack.url, 'scripted', await plainPicture([1, 2, 3]))).status).toBe(200);
    },
  );
});

describe('a worker that takes no job while jobs wait and slots are free', () => {
  test('is not ready, ends itself, and leaves the job to the next one', { timeout: 180_000 }, async () => {
    const stack = await startScriptedStack({ env });
    const worker = await startWithUser(stack);
    const address = await healthAddress(worker);
    await waitFor('it to be ready', async () => (await ask(`${address}/readyz`))[0] === 200);
    const redis = lookInto(stack);
    await redis.call('ACL', 'SETUSER', 'worker', '-bzpopmin');
    // Until then it waits by the permission that it had.
    await waitFor('it to be refused', () => worker.text.includes('NOPERM'));
    const waiting = predict(stack.url, 'scripted', await plainPicture([1, 2, 3]));
    expect(await worker.ended()).toBe(1);
    expect(worker.log.find((line) => line.level === 'fatal')?.msg).toBe(
      'this worker is stuck and ends itself: jobs wait, slots are free, and none is taken',
    );
    await redis.call('ACL', 'SETUSER', 'worker', '+bzpopmin');
    await stack.startWorker('scripted');
    const { status, body } = await waiting;
    expect(status).toBe(200);
    expect(await answersBy(stack, body.id)).toBe(1);
  });

  test.each([
    ['forbids it to write', ['ACL', 'SETUSER', 'worker', '-@write'], ['ACL', 'SETUSER', 'worker', '+@write']],
    ['is full', ['CONFIG', 'SET', 'maxmemory', '1mb'], ['CONFIG', 'SET', 'maxmemory', '256mb']],
  ])('lives on when it is Redis that %s', { timeout: 180_000 }, async (_what, refuse, allow) => {
    const stack = await startScriptedStack({ env });
    const worker = await startWithUser(stack);
    const redis = lookInto(stack);
    worker.signal('SIGSTOP');
    const waiting = predict(stack.url, 'scripted', await plainPicture([1, 2, 3]));
    await waitFor('the job to wait', async () => (await redis.llen('{shoal}:queue:scripted:wait')) === 1);
    await redis.call(refuse[0]!, ...refuse.slice(1));
    worker.signal('SIGCONT');
    await waitFor(
      'it to tell',
      () => worker.log.some(({ msg }) => msg === 'no job is taken or ended, and it is Redis that refuses'),
      4 * takeSilenceMsMax,
    );
    expect(worker.isRunning).toBe(true);
    await redis.call(allow[0]!, ...allow.slice(1));
    expect((await waiting).status).toBe(200);
  });
});

describe('an inference thread that ends', () => {
  test(
    'is replaced: its picture is given up alone, its neighbours are answered, and so is what comes next',
    { timeout: 180_000 },
    async () => {
      const stack = await startScriptedStack({ env, yaml: 'maxBatch: 4\n' });
      const worker = stack.workers[0]!;
      // The first picture holds the thread until the others have gathered to a batch.
      const slow = predict(stack.url, 'scripted', await pictureThat('takesLong'));
      await waitFor('the job to be taken', () => isTaken(stack));
      const guilty = predict(stack.url, 'scripted', await pictureThat('endsThread'));
      const sizes = [40, 50, 60];
      const neighbours = sizes.map(async (size) =>
        predict(stack.url, 'scripted', await plainPicture([size, 0, 0], size)),
      );
      expect((await slow).status).toBe(200);
      expect(await guilty).toMatchObject({ status: 500, body: { error: { code: 'model_failed' } } });
      for (const [index, answer] of (await Promise.all(neighbours)).entries()) {
        expect(answer).toMatchObject({ status: 200, body: { image: { width: sizes[index] } } });
      }
      expect((await predict(stack.url, 'scripted', await plainPicture([1, 2, 3]))).status).toBe(200);
      expect(worker.isRunning).toBe(true);
      expect(worker.log.some(({ msg }) => msg === 'put into quarantine')).toBe(true);
      // It ended four threads: with its neighbours, and then alone. So each neighbour was a suspect too, and ran alone.
      const linesOf = (words: string) => worker.log.filter(({ msg }) => msg.startsWith(words)).length;
      expect(linesOf('an inference thread ended')).toBe(4);
      expect(linesOf('redelivered after a death: runs alone')).toBeGreaterThan(3);
    },
  );
});

describe('without a Redis that can be used', () => {
  test(
    'nobody is ready, and both say why: frozen, then a replica that keeps nothing',
    { timeout: 180_000 },
    async () => {
      const stack = await startScriptedStack({ env: { ...env, SHOAL_REDIS_TIMEOUT_MS: '1000' } });
      const worker = await healthAddress(stack.workers[0]!);
      const says = (address: string, status: number, words: string) => async () => {
        const [was, text] = await ask(`${address}/readyz`);
        return was === status && text.includes(words);
      };
      await stack.redis.pause();
      await waitFor('the worker to say so', says(worker, 503, 'Redis does not answer'));
      await waitFor('the gateway to say so', says(stack.url, 503, 'the queue cannot be reached'));
      expect(await ask(`${worker}/livez`)).toEqual([200, 'ok\n']);
      expect((await ask(`${stack.url}/livez`))[0]).toBe(200);
      await stack.redis.resume();
      await waitFor('the worker to be ready', says(worker, 200, 'ok'));
      await waitFor('the gateway to be ready', says(stack.url, 200, 'ok'));

      const primary = await startRedis();
      onTestFinished(() => primary.stop());
      const redis = lookInto(stack);
      await redis.call('REPLICAOF', '127.0.0.1', String(primary.port));
      await waitFor('the gateway to say so', says(stack.url, 503, 'read-only replica'));
      await redis.call('REPLICAOF', 'NO', 'ONE');
      await waitFor('the gateway to be ready', says(stack.url, 200, 'ok'));
      await stack.modelBecomes('scripted', 'ready');
      expect((await predict(stack.url, 'scripted', await plainPicture([1, 2, 3]))).status).toBe(200);
    },
  );
});
