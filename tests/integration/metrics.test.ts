/** What is counted: sums over gateways and workers are true, whatever happened to the pictures. */
import { jobAttemptsMax } from '../../packages/shared/src/contract/index.ts';
import { expect, test } from 'vitest';
import { predict } from '../support/ask.ts';
import { countsBy, healthAddress, readSamples, sumOf } from '../support/metrics.ts';
import { pictureThat, plainPicture } from '../support/pictures.ts';
import { lookInto, startScriptedStack } from '../support/scripted-stack.ts';
import { waitFor } from '../support/wait-for.ts';

const withMetrics = { SHOAL_METRICS_PORT: '0' };
const codeOf = async (answer: ReturnType<typeof predict>) => (await answer).body.error?.code;
const impatient = {
  SHOAL_DEADLINE_MS: '1000',
  SHOAL_INFERENCE_TIMEOUT_MS: '900',
  SHOAL_REDIS_TIMEOUT_MS: '500',
};

test(
  'two gateways and two workers: every request is in exactly one of the counters',
  { timeout: 60_000 },
  async () => {
    const stack = await startScriptedStack({ yaml: 'version: "7"\nmaxBatch: 4\n', env: withMetrics });
    await stack.startWorker('scripted');
    const { url: second } = await stack.startGateway(impatient);
    await waitFor('the second gateway', async () => (await fetch(`${second}/readyz`)).ok);
    const picture = await plainPicture([1, 2, 3]);

    const successes = await Promise.all([
      ...Array.from({ length: 5 }, () => predict(stack.url, 'scripted', picture)),
      ...Array.from({ length: 4 }, () => predict(second, 'scripted', picture)),
    ]);
    expect(successes.map(({ status }) => status)).toEqual(successes.map(() => 200));
    const torn = picture.subarray(0, 60);
    expect(await codeOf(predict(stack.url, 'scripted', torn))).toBe('image_undecodable');
    expect(await codeOf(predict(stack.url, 'scripted', await pictureThat('throws')))).toBe('model_failed');
    expect(await codeOf(predict(stack.url, 'scripted', Buffer.from('no picture')))).toBe(
      'media_type_unsupported',
    );
    expect(await codeOf(predict(second, 'scripted', Buffer.alloc(0)))).toBe('upload_missing');
    // The gateway writes this end before the worker, which computes for longer than the deadline.
    expect(await codeOf(predict(second, 'scripted', await pictureThat('takesLong')))).toBe(
      'deadline_exceeded',
    );
    const workers = await Promise.all(stack.workers.map(healthAddress));
    const ended = () =>
      waitFor('all to have ended', async () => {
        const now = await readSamples(stack.url, second, ...workers);
        return sumOf(now, 'shoal_jobs_in_flight') === 0 && sumOf(now, 'shoal_queue_unanswered_jobs') === 0
          ? now
          : false;
      });
    const computed = await ended();
    const redis = lookInto(stack);
    const leave = new AbortController();
    const left = predict(stack.url, 'scripted', await pictureThat('takesLong'), { signal: leave.signal });
    await waitFor(
      'the picture to be taken',
      async () => (await redis.llen('{shoal}:queue:scripted:active')) > 0,
    );
    leave.abort();
    await expect(left).rejects.toThrow(/abort/);
    const samples = await ended();

    const scripted = { model: 'scripted', version: '7' };
    expect(sumOf(samples, 'shoal_predictions_accepted_total', scripted)).toBe(13);
    expect(sumOf(samples, 'nv_inference_request_success', scripted)).toBe(9);
    expect(countsBy(samples, 'nv_inference_request_failure', 'reason')).toEqual({
      image_undecodable: 1,
      model_failed: 1,
      deadline_exceeded: 1,
      canceled: 1,
    });
    expect(countsBy(samples, 'shoal_refusals_total', 'reason')).toEqual({
      media_type_unsupported: 1,
      upload_missing: 1,
    });
    expect(countsBy(samples, 'shoal_redeliveries_total', 'kind')).toEqual({ retry: jobAttemptsMax - 1 });
    // Nine successes, one that came too late, and every attempt of the one that throws.
    const computations = 9 + 1 + jobAttemptsMax;
    expect(sumOf(computed, 'nv_inference_count', scripted)).toBe(computations);
    const batches = sumOf(computed, 'nv_inference_exec_count', scripted);
    expect(batches).toBeGreaterThan(4);
    expect(sumOf(computed, 'shoal_batch_size_count', scripted)).toBe(batches);
    expect(sumOf(computed, 'shoal_batch_size_sum', scripted)).toBe(computations);
    for (const step of ['queue', 'decode', 'batch_wait', 'inference', 'unpack', 'prediction']) {
      expect(sumOf(samples, `shoal_${step}_duration_seconds_count`, scripted)).toBe(9);
    }
    expect(sumOf(samples, 'shoal_http_request_duration_seconds_count', { status: '200' })).toBe(9);
    expect(sumOf(samples, 'shoal_requests_in_flight')).toBe(0);
  },
);

test('names that a caller makes up become no series', async () => {
  const stack = await startScriptedStack();
  for (const name of ['made-up', 'made-up-too']) {
    const answer = await predict(stack.url, name, await plainPicture([1, 2, 3]));
    expect(answer.body.error?.code).toBe('model_unknown');
  }
  await fetch(`${stack.url}/made-up`, { method: 'POST' });
  const text = await (await fetch(`${stack.url}/metrics`)).text();
  expect(text).not.toContain('made-up');
  const forwarded = await fetch(`${stack.url}/metrics`, { headers: { 'x-forwarded-for': '192.0.2.1' } });
  expect(forwarded.status).toBe(404);
  expect(text).toContain('shoal_refusals_total{reason="model_unknown",model=""} 2');
});

test('what waits is told with its count, its bytes and its age, and that nobody works on it', async () => {
  const stack = await startScriptedStack();
  await stack.workers[0]!.kill();
  const picture = await plainPicture([1, 2, 3]);
  const leave = new AbortController();
  const waiting = Promise.allSettled(
    [1, 2].map(() => predict(stack.url, 'scripted', picture, { signal: leave.signal })),
  );
  const samples = await waitFor('a second of waiting', async () => {
    const now = await readSamples(stack.url);
    return sumOf(now, 'shoal_queue_oldest_seconds') > 1 && sumOf(now, 'shoal_workers') === 0 ? now : false;
  });
  const model = { model: 'scripted' };
  expect(sumOf(samples, 'nv_inference_pending_request_count', model)).toBe(2);
  expect(sumOf(samples, 'shoal_queue_unanswered_jobs', model)).toBe(2);
  expect(sumOf(samples, 'shoal_queue_active_jobs', model)).toBe(0);
  expect(sumOf(samples, 'shoal_queue_bytes', model)).toBe(2 * picture.length);
  expect(sumOf(samples, 'shoal_workers', { ...model, state: 'ready' })).toBe(0);
  expect(sumOf(samples, 'shoal_requests_in_flight')).toBe(2);
  expect(sumOf(samples, 'shoal_redis_memory_used_bytes')).toBeGreaterThan(100_000);
  expect(sumOf(samples, 'shoal_redis_memory_max_bytes')).toBe(256 * 1024 * 1024);
  leave.abort();
  await waiting;
});

test(
  'the figures of the installation go with Redis, and come back with it',
  { timeout: 60_000 },
  async () => {
    const stack = await startScriptedStack();
    expect(sumOf(await readSamples(stack.url), 'shoal_redis_up')).toBe(1);
    await stack.redis.kill();
    const without = await waitFor('a gateway without Redis', async () => {
      const now = await readSamples(stack.url);
      return sumOf(now, 'shoal_redis_up') === 0 ? now : false;
    });
    for (const name of ['shoal_workers', 'shoal_queue_bytes', 'shoal_redis_memory_used_bytes']) {
      expect(sumOf(without, name)).toBeNaN();
    }
    await stack.redis.restart();
    await waitFor(
      'Redis',
      async () => sumOf(await readSamples(stack.url), 'shoal_workers', { state: 'ready' }) === 1,
    );
  },
);

test(
  'a picture that comes back after a death is counted, and one that is given up stays to be looked at',
  { timeout: 60_000 },
  async () => {
    const stack = await startScriptedStack({ env: withMetrics });
    const redis = lookInto(stack);
    const [first] = stack.workers;
    const slow = predict(stack.url, 'scripted', await pictureThat('takesLong'));
    await waitFor('the job to begin', async () => (await redis.keys('{shoal}:started:*')).length === 1);
    await first!.kill();
    const next = await stack.startWorker('scripted');
    expect((await slow).status).toBe(200);
    const once = await readSamples(await healthAddress(next));
    expect(countsBy(once, 'shoal_redeliveries_total', 'kind')).toEqual({ alone: 1 });
    expect(sumOf(once, 'nv_inference_request_success')).toBe(1);

    await next.kill();
    const fatal = predict(stack.url, 'scripted', await plainPicture([1, 2, 3]));
    const upload = await waitFor('the upload', async () => (await redis.keys('{shoal}:upload:*'))[0]);
    // As three deaths alone would leave it.
    await redis.hset(upload.replace(':upload:', ':started:'), 'alone', '3');
    const last = await stack.startWorker('scripted');
    expect((await fatal).body.error?.code).toBe('model_failed');
    const samples = await waitFor('the failed set', async () => {
      const now = await readSamples(stack.url, await healthAddress(last));
      return sumOf(now, 'shoal_queue_failed_jobs') === 1 ? now : false;
    });
    expect(countsBy(samples, 'shoal_redeliveries_total', 'kind')).toEqual({ set_aside: 1 });
    expect(countsBy(samples, 'nv_inference_request_failure', 'reason')).toEqual({ model_failed: 1 });
  },
);
