/** What happens to accepted pictures when processes die: they are answered, each once. */
import { expect, onTestFinished, test } from 'vitest';
import { jobAttemptsMax } from '../../packages/shared/src/contract/index.ts';
import { predict } from '../support/ask.ts';
import { countsBy, healthAddress, readSamples } from '../support/metrics.ts';
import { runQuarantine } from '../support/operator.ts';
import { pictureThat, plainPicture } from '../support/pictures.ts';
import { lookInto, startScriptedStack } from '../support/scripted-stack.ts';
import { waitFor } from '../support/wait-for.ts';

/** Time for several deaths, each of which is noticed only when a lock runs out. */
const patient = { SHOAL_DEADLINE_MS: '120000', SHOAL_DRAIN_MS: '121000', SHOAL_RESULT_TTL_MS: '600000' };

test(
  'a worker killed in mid-batch: every caller gets the answer to its own picture',
  { timeout: 60_000 },
  async () => {
    const stack = await startScriptedStack({ yaml: 'maxBatch: 4\n', env: patient });
    const redis = lookInto(stack);
    const sizes = [40, 50, 60, 70];
    const slow = predict(stack.url, 'scripted', await pictureThat('takesLong'));
    const answers = Promise.all(
      sizes.map(async (size) => predict(stack.url, 'scripted', await plainPicture([size, 0, 0], size))),
    );
    // Taken is not enough: only a run that was begun is known to have died.
    await waitFor('all to be begun', async () => (await redis.keys('{shoal}:started:*')).length === 5);
    await stack.workers[0]!.kill();
    await stack.startWorker('scripted');
    expect((await slow).status).toBe(200);
    for (const [index, answer] of (await answers).entries()) {
      expect(answer).toMatchObject({ status: 200, body: { image: { width: sizes[index] } } });
    }
    // Each of them was begun before and died, so each ran alone, and none twice at once.
    const replayed = stack.workers[1]!.log.filter(
      (line) => line.msg === 'redelivered after a death: runs alone',
    );
    expect(replayed).toHaveLength(5);
  },
);

test(
  'poison: the picture that kills its worker fails alone, its neighbours succeed, and it is kept to be tried again',
  { timeout: 180_000 },
  async () => {
    const stack = await startScriptedStack({ yaml: 'maxBatch: 4\n', env: patient });
    const redis = lookInto(stack);
    const over = new AbortController();
    onTestFinished(() => {
      over.abort();
    });
    // What the launcher and Compose do: a worker that died is started again.
    const replace = async (): Promise<void> => {
      while (!over.signal.aborted) {
        await stack.workers.at(-1)!.ended();
        if (!over.signal.aborted) await stack.startWorker('scripted');
      }
    };
    const slow = predict(stack.url, 'scripted', await pictureThat('takesLong'));
    const poison = predict(stack.url, 'scripted', await pictureThat('dies'));
    const neighbours = Promise.all(
      [1, 2, 3].map(async (n) => predict(stack.url, 'scripted', await plainPicture([n, n, n]))),
    );
    void replace();
    expect(await poison).toMatchObject({
      status: 500,
      body: { status: 'failed', error: { code: 'model_failed' } },
    });
    expect((await slow).status).toBe(200);
    expect((await neighbours).map((answer) => answer.status)).toEqual([200, 200, 200]);
    // Once among others, then three times alone.
    expect(stack.workers.filter((worker) => !worker.isRunning)).toHaveLength(4);
    await waitFor('the failed set', async () => (await redis.zcard('{shoal}:queue:scripted:failed')) === 1);
    expect((await predict(stack.url, 'scripted', await plainPicture([9, 9, 9]))).status).toBe(200);

    const { id } = (await poison).body;
    const shown = await runQuarantine(stack, 'show', id!, '--out', '-', '--json');
    expect(shown.output).toEqual(await pictureThat('dies'));
    expect(JSON.parse(shown.words)).toMatchObject({ id, deaths: { together: 1, alone: 3 } });
    // Somebody repairs the model.
    over.abort();
    await stack.workers.at(-1)!.kill();
    await stack.startWorker('scripted', { SCRIPT_CURED: 'true' });
    const retried = await runQuarantine(stack, 'retry', id!, '--wait', '30', '--json');
    expect(JSON.parse(retried.output.toString())).toMatchObject({ of: id, status: 'succeeded' });
    expect(await runQuarantine(stack, 'drop', id!)).toMatchObject({ status: 0 });
    expect(await redis.keys('{shoal}:quarantine*')).toEqual([]);
  },
);

test(
  'an exception in the model fails its picture alone: its batch mates succeed, the worker lives, nothing is kept',
  { timeout: 60_000 },
  async () => {
    const stack = await startScriptedStack({
      yaml: 'maxBatch: 4\n',
      env: { ...patient, SHOAL_METRICS_PORT: '0' },
    });
    const redis = lookInto(stack);
    // While it is computed the others gather to one batch.
    const slow = predict(stack.url, 'scripted', await pictureThat('takesLong'));
    await waitFor('it to begin', async () => (await redis.keys('{shoal}:started:*')).length === 1);
    const throwing = predict(stack.url, 'scripted', await pictureThat('throws'));
    const mates = [1, 2, 3].map(async (n) => predict(stack.url, 'scripted', await plainPicture([n, n, n])));
    expect((await Promise.all([slow, ...mates])).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await throwing).toMatchObject({ status: 500, body: { error: { code: 'model_failed' } } });
    const samples = await readSamples(await healthAddress(stack.workers[0]!));
    // Mates that are delivered again would be counted, too.
    expect(countsBy(samples, 'shoal_redeliveries_total', 'kind')).toEqual({ retry: jobAttemptsMax - 1 });
    expect(stack.workers[0]!.isRunning).toBe(true);
    expect(await redis.keys('{shoal}:quarantine*')).toEqual([]);
  },
);

test(
  'an inference that hangs ends its worker, and the next one serves those who waited behind it',
  { timeout: 60_000 },
  async () => {
    const stack = await startScriptedStack({ env: { ...patient, SHOAL_INFERENCE_TIMEOUT_MS: '2000' } });
    const controller = new AbortController();
    const hanging = predict(stack.url, 'scripted', await pictureThat('hangs'), { signal: controller.signal });
    const redis = lookInto(stack);
    await waitFor(
      'the job to be taken',
      async () => (await redis.llen('{shoal}:queue:scripted:active')) === 1,
    );
    const behind = predict(stack.url, 'scripted', await plainPicture([5, 5, 5]));
    expect(await stack.workers[0]!.ended()).toBe(1);
    controller.abort();
    await expect(hanging).rejects.toThrow(/abort/);
    await stack.startWorker('scripted');
    expect((await behind).status).toBe(200);
  },
);

test(
  'a worker that was frozen and comes back does not answer a second time',
  { timeout: 60_000 },
  async () => {
    const stack = await startScriptedStack({ yaml: 'maxBatch: 4\n', env: patient });
    const redis = lookInto(stack);
    const answer = predict(stack.url, 'scripted', await pictureThat('takesLong'));
    // Frozen before that, it would find the answer first and have none of its own.
    await waitFor('the run to begin', async () => (await redis.keys('{shoal}:started:*')).length === 1);
    stack.workers[0]!.signal('SIGSTOP');
    await stack.startWorker('scripted');
    const { status, body } = await answer;
    expect(status).toBe(200);
    const before = await redis.get(`{shoal}:result:${body.id}`);
    stack.workers[0]!.signal('SIGCONT');
    await waitFor('its own answer', () =>
      stack.workers[0]!.log.some((line) => line.msg === 'an answer stood already'),
    );
    expect(await redis.get(`{shoal}:result:${body.id}`)).toBe(before);
    expect(
      stack.workers.map((worker) => worker.log.filter((line) => line.msg === 'answered').length),
    ).toEqual([0, 1]);
  },
);

test(
  'a gateway that is killed leaves no picture behind once its deadline has passed',
  { timeout: 60_000 },
  async () => {
    const stack = await startScriptedStack({ env: { SHOAL_DEADLINE_MS: '21000' } });
    const redis = lookInto(stack);
    const lost = predict(stack.url, 'scripted', await pictureThat('takesLong')).catch(() => 'no answer');
    await waitFor(
      'the job to be taken',
      async () => (await redis.llen('{shoal}:queue:scripted:active')) === 1,
    );
    await stack.gateway.kill();
    expect(await lost).toBe('no answer');
    await waitFor('the answer all the same', async () => {
      const [key] = await redis.keys('{shoal}:result:*');
      return key !== undefined && (await redis.get(key))?.includes('"succeeded"');
    });
    expect(await redis.keys('{shoal}:upload:*')).toEqual([]);
    expect(await redis.zcard('{shoal}:ledger')).toBe(0);
  },
);
