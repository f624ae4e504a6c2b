/** The rows of the error table that need a stack in a state of its own: 503, 504 and what is lost on the way. */
import { expect, test } from 'vitest';
import { predict } from '../support/ask.ts';
import { pictureThat, plainPicture } from '../support/pictures.ts';
import { lookInto, startScriptedStack } from '../support/scripted-stack.ts';
import { waitFor } from '../support/wait-for.ts';
import { announcementTtlMs } from '../../packages/shared/src/contract/index.ts';

test('a full queue is overloaded, with a Retry-After, and takes pictures again when there is room', async () => {
  const stack = await startScriptedStack({ env: { SHOAL_MODEL_JOBS_MAX: '1' } });
  const slow = predict(stack.url, 'scripted', await pictureThat('takesLong'));
  const redis = lookInto(stack);
  await waitFor('the first to be accepted', async () => (await redis.zcard('{shoal}:ledger')) === 1);
  const picture = await plainPicture([1, 2, 3]);
  const refused = await predict(stack.url, 'scripted', picture);
  expect(refused).toMatchObject({ status: 503, body: { error: { code: 'overloaded' } } });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await slow).status).toBe(200);
  expect((await predict(stack.url, 'scripted', picture)).status).toBe(200);
});

test('the bytes that wait are limited as well as their count', async () => {
  const picture = await plainPicture([1, 2, 3]);
  const stack = await startScriptedStack({ env: { SHOAL_QUEUE_BYTES_MAX: String(picture.length - 1) } });
  const refused = await predict(stack.url, 'scripted', picture);
  expect(refused).toMatchObject({ status: 503, body: { error: { code: 'overloaded' } } });
  expect(await lookInto(stack).keys('{shoal}:upload:*')).toEqual([]);
});

test('a known model without workers queues within its grace, and is model_unavailable after it', async () => {
  const stack = await startScriptedStack({
    // Longer than a worker that was killed is still believed to live.
    env: { SHOAL_MODEL_GRACE_MS: '9000', SHOAL_DEADLINE_MS: '21000' },
  });
  await stack.workers[0]!.kill();
  await stack.modelBecomes('scripted', 'away');
  const picture = await plainPicture([1, 2, 3]);
  const queued = predict(stack.url, 'scripted', picture);
  const redis = lookInto(stack);
  await waitFor('the picture to wait', async () => (await redis.zcard('{shoal}:ledger')) === 1);
  const refused = await waitFor('a refusal', async () => {
    const answer = await predict(stack.url, 'scripted', picture, { signal: AbortSignal.timeout(500) }).catch(
      () => undefined,
    );
    return answer?.body.error?.code === 'model_unavailable' ? answer : undefined;
  });
  expect(refused.status).toBe(503);
  expect((await fetch(`${stack.url}/readyz`)).status).toBe(200);
  await stack.startWorker('scripted');
  expect((await queued).status).toBe(200);
});

test('a deadline that passes in the queue is deadline_exceeded, and nothing of the picture is left', async () => {
  const stack = await startScriptedStack({
    env: { SHOAL_DEADLINE_MS: '1000', SHOAL_INFERENCE_TIMEOUT_MS: '900', SHOAL_REDIS_TIMEOUT_MS: '500' },
  });
  await stack.workers[0]!.kill();
  const answer = await predict(stack.url, 'scripted', await plainPicture([1, 2, 3]));
  expect(answer).toMatchObject({
    status: 504,
    body: { status: 'expired', error: { code: 'deadline_exceeded' } },
  });
  const redis = lookInto(stack);
  await waitFor('the queue to be empty', async () => {
    const [uploads, rows, waiting] = await Promise.all([
      redis.keys('{shoal}:upload:*'),
      redis.zcard('{shoal}:ledger'),
      redis.llen('{shoal}:queue:scripted:wait'),
    ]);
    return uploads.length + rows + waiting === 0;
  });
  expect(JSON.parse((await redis.get(`{shoal}:result:${answer.body.id}`)) ?? '{}')).toMatchObject({
    status: 'expired',
  });
});

test('a picture whose bytes are gone is upload_lost', async () => {
  const stack = await startScriptedStack();
  await stack.workers[0]!.kill();
  const answer = predict(stack.url, 'scripted', await plainPicture([1, 2, 3]));
  const redis = lookInto(stack);
  const key = await waitFor('the upload', async () => (await redis.keys('{shoal}:upload:*'))[0]);
  await redis.del(key);
  await stack.startWorker('scripted');
  expect(await answer).toMatchObject({ status: 500, body: { error: { code: 'upload_lost' } } });
});

test('a gateway that drains finishes what it has, says shutting_down to the rest, and ends with status 0', async () => {
  const stack = await startScriptedStack();
  const slow = predict(stack.url, 'scripted', await pictureThat('takesLong'));
  const redis = lookInto(stack);
  await waitFor('the picture to be accepted', async () => (await redis.zcard('{shoal}:ledger')) === 1);
  stack.gateway.signal('SIGTERM');
  await waitFor('the gateway to drain', () => stack.gateway.log.some((line) => line.msg === 'stopping'));
  expect(await predict(stack.url, 'scripted', await plainPicture([1, 2, 3]))).toMatchObject({
    status: 503,
    body: { error: { code: 'shutting_down' } },
  });
  expect((await fetch(`${stack.url}/readyz`)).status).toBe(503);
  expect(await slow).toMatchObject({ status: 200 });
  expect(await stack.gateway.ended()).toBe(0);
});

test('a gateway with a lame duck’s time serves on while it says that it leaves, and only then refuses', async () => {
  const stack = await startScriptedStack({ env: { SHOAL_LAME_DUCK_MS: '2500' } });
  const picture = await plainPicture([1, 2, 3]);
  expect((await predict(stack.url, 'scripted', picture)).headers.get('connection')).toBe('keep-alive');
  const inFlight = predict(stack.url, 'scripted', await pictureThat('takesLong'));
  const redis = lookInto(stack);
  await waitFor('the picture to be accepted', async () => (await redis.zcard('{shoal}:ledger')) === 1);
  stack.gateway.signal('SIGTERM');
  const leavingAtMs = performance.now();
  await waitFor('it to say so', async () => (await fetch(`${stack.url}/readyz`)).status === 503);
  const served = await predict(stack.url, 'scripted', picture);
  expect(served.status).toBe(200);
  expect(served.headers.get('connection')).toBe('close');
  expect((await fetch(`${stack.url}/livez`)).status).toBe(200);
  expect(await inFlight).toMatchObject({ status: 200 });
  expect(await stack.gateway.ended()).toBe(0);
  expect(performance.now() - leavingAtMs).toBeGreaterThan(2_400);
});

test('a worker that drains finishes what it has and ends with status 0', async () => {
  const stack = await startScriptedStack();
  const slow = predict(stack.url, 'scripted', await pictureThat('takesLong'));
  const redis = lookInto(stack);
  await waitFor('the job to be taken', async () => (await redis.llen('{shoal}:queue:scripted:active')) === 1);
  stack.workers[0]!.signal('SIGTERM');
  expect(await slow).toMatchObject({ status: 200 });
  expect(await stack.workers[0]!.ended()).toBe(0);
  // It says that it goes; who waits for its silence waits longer.
  const endedMs = performance.now();
  await stack.modelBecomes('scripted', 'away');
  expect(performance.now() - endedMs).toBeLessThan(announcementTtlMs / 2);
});

test('a caller who leaves cancels: the job costs no inference and nothing is left of it', async () => {
  const stack = await startScriptedStack();
  const redis = lookInto(stack);
  const [worker] = stack.workers;
  await worker!.kill();
  const controller = new AbortController();
  const left = predict(stack.url, 'scripted', await plainPicture([1, 2, 3]), { signal: controller.signal });
  const key = await waitFor('the upload', async () => (await redis.keys('{shoal}:upload:*'))[0]);
  const id = key.split(':').at(-1);
  controller.abort();
  await expect(left).rejects.toThrow(/abort/);
  await waitFor('the cancelation', async () =>
    (await redis.get(`{shoal}:result:${id}`))?.includes('"canceled"'),
  );
  await waitFor('an empty queue', async () => (await redis.llen('{shoal}:queue:scripted:wait')) === 0);
  expect(await redis.keys('{shoal}:upload:*')).toEqual([]);
  const fresh = await stack.startWorker('scripted');
  await stack.modelBecomes('scripted', 'ready');
  const { status, body } = await predict(stack.url, 'scripted', await plainPicture([4, 5, 6]));
  expect(status).toBe(200);
  const answered = () => fresh.log.filter((line) => line.msg === 'answered').map((line) => line['id']);
  await waitFor('the line of the one that came later', () => answered().includes(body.id));
  expect(answered()).not.toContain(id);
});
