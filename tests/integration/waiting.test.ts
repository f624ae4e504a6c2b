/** The ways to wait for an answer, and what becomes of a prediction when nobody waits. */
import { expect, test } from 'vitest';
import { cancel, lookAt, predict, submit } from '../support/ask.ts';
import { pictureThat, plainPicture } from '../support/pictures.ts';
import { lookInto, startScriptedStack } from '../support/scripted-stack.ts';
import type { Stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const model = 'scripted';
const unknown = '0199aaaa-0000-7000-8000-000000000000';

/** One picture a batch, so that the second waits for the first. */
const oneByOne = { yaml: 'maxBatch: 1\n' };

async function occupy(stack: Stack): Promise<string> {
  const id = await submit(stack.url, model, await pictureThat('takesLong'));
  await waitFor('the slow one to run', async () => (await lookAt(stack.url, id)).body.status === 'running');
  return id;
}

/** The events of a prediction until its stream ends. */
async function eventsOf(url: string, id: string): Promise<{ event: string; data: { status: string } }[]> {
  const response = await fetch(`${url}/v1/predictions/${id}/events`);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const text = await response.text();
  return text.split('\n\n').flatMap((block) => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
    const event = field('event');
    return event === undefined
      ? []
      : [{ event, data: JSON.parse(field('data') ?? '') as { status: string } }];
  });
}

test('accepted at once: place and address now, the answer later, from every gateway', async () => {
  const stack = await startScriptedStack(oneByOne);
  const other = await stack.startGateway();
  // Nobody works on it yet.
  await stack.workers[0]!.kill();
  const picture = await pictureThat('takesLong');
  const headers = { prefer: 'respond-async' };
  const first = await predict(stack.url, model, picture, { headers });
  const second = await predict(stack.url, model, await plainPicture([1, 2, 3]), { headers });
  expect(first).toMatchObject({ status: 202, body: { status: 'queued', place: 1 } });
  expect(second).toMatchObject({ status: 202, body: { place: 2 } });
  expect(second.headers.get('preference-applied')).toBe('respond-async');
  expect(second.headers.get('location')).toBe(`/v1/predictions/${second.body.id}`);
  expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0);

  await stack.startWorker(model);
  await waitFor('it to run', async () => (await lookAt(other.url, first.body.id!)).body.status === 'running');
  const [here, there] = await Promise.all([
    lookAt(stack.url, second.body.id!, 20),
    lookAt(other.url, second.body.id!, 20),
  ]);
  expect(here).toMatchObject({ status: 200, body: { id: second.body.id, status: 'succeeded' } });
  expect(there.body).toEqual(here.body);
  expect((await lookAt(stack.url, first.body.id!, 20)).body).toMatchObject({ status: 'succeeded' });
  expect(await lookAt(stack.url, unknown)).toMatchObject({
    status: 404,
    body: { error: { code: 'prediction_unknown' } },
  });
});

test('whoever waits less than it takes is told where to look, and loses nothing', async () => {
  const stack = await startScriptedStack();
  const picture = await pictureThat('takesLong');
  const early = await predict(stack.url, model, picture, { headers: { prefer: 'wait=0' } });
  expect(early.status).toBe(202);
  const late = await lookAt(stack.url, early.body.id!, 20);
  expect(late).toMatchObject({ status: 200, body: { id: early.body.id, status: 'succeeded' } });
  const patient = await predict(stack.url, model, picture, { headers: { prefer: 'wait=20' } });
  expect(patient).toMatchObject({ status: 200, body: { status: 'succeeded' } });
});

test('what is accepted outlives every gateway: kill -9 of all, and the answer is there', async () => {
  const stack = await startScriptedStack(oneByOne);
  const slow = await occupy(stack);
  const queued = await submit(stack.url, model, await plainPicture([1, 2, 3]));
  await stack.gateway.kill();
  const next = await stack.startGateway();
  for (const id of [slow, queued]) {
    expect((await lookAt(next.url, id, 20)).body).toMatchObject({ id, status: 'succeeded' });
  }
});

test('events tell of each change and end with the answer, at a gateway that never saw the picture', async () => {
  const stack = await startScriptedStack();
  const other = await stack.startGateway();
  await stack.workers[0]!.kill();
  const id = await submit(stack.url, model, await pictureThat('takesLong'));
  const following = eventsOf(other.url, id);
  await stack.startWorker(model);
  const events = await following;
  expect(events[0]).toMatchObject({ event: 'state', data: { status: 'queued', place: 1 } });
  expect(events.map(({ data }) => data.status)).toContain('running');
  expect(events.at(-1)).toMatchObject({ event: 'result', data: { id, status: 'succeeded' } });
  expect(events.filter(({ event }) => event === 'result')).toHaveLength(1);
  expect(await eventsOf(stack.url, id)).toEqual([events.at(-1)]);
  expect((await fetch(`${other.url}/v1/predictions/${unknown}/events`)).status).toBe(404);
});

test('a queued one that is canceled costs no inference, and a running one is not delivered', async () => {
  const stack = await startScriptedStack(oneByOne);
  const other = await stack.startGateway();
  const running = await occupy(stack);
  // It would end the worker if it were computed.
  const queued = await submit(stack.url, model, await pictureThat('dies'));
  const waiter = lookAt(stack.url, running, 20);
  for (const id of [queued, running]) {
    expect(await cancel(other.url, id)).toMatchObject({ status: 200, body: { id, status: 'canceled' } });
  }
  expect((await waiter).body).toMatchObject({ status: 'canceled', error: { code: 'canceled' } });
  // Whoever comes after them is served, and then the worker has had its say about both.
  expect((await predict(stack.url, model, await plainPicture([3, 2, 1]))).status).toBe(200);
  for (const id of [queued, running]) {
    expect((await lookAt(stack.url, id)).body).toMatchObject({ status: 'canceled' });
  }
  expect(await cancel(stack.url, unknown)).toMatchObject({ status: 404 });
});

test('a cancel after the answer changes nothing', async () => {
  const stack = await startScriptedStack();
  const id = await submit(stack.url, model, await plainPicture([1, 2, 3]));
  const answer = await lookAt(stack.url, id, 20);
  expect((await cancel(stack.url, id)).body).toEqual(answer.body);
  expect((await lookAt(stack.url, id)).body).toEqual(answer.body);
});

test('a deadline that passes while nobody waits and nobody works is an answer as well', async () => {
  const stack = await startScriptedStack();
  const redis = lookInto(stack);
  await stack.workers[0]!.kill();
  const id = await submit(stack.url, model, await plainPicture([1, 2, 3]), { deadlineMs: '1500' });
  expect((await lookAt(stack.url, id)).body).toMatchObject({ status: 'queued' });
  await waitFor('its end', async () => (await lookAt(stack.url, id)).body.status === 'expired');
  expect((await lookAt(stack.url, id)).body).toMatchObject({ error: { code: 'deadline_exceeded' } });
  expect(await redis.exists(`{shoal}:upload:${id}`)).toBe(0);
  expect(await redis.hlen('{shoal}:ledger:rows')).toBe(0);
});

test('an accepted prediction that no queue knows is found and put into one', async () => {
  const stack = await startScriptedStack();
  const redis = lookInto(stack);
  await stack.workers[0]!.kill();
  const id = await submit(stack.url, model, await plainPicture([1, 2, 3]));
  // As after a gateway that died between the ledger and the queue.
  await redis.del('{shoal}:queue:scripted:wait', `{shoal}:queue:scripted:${id}`);
  await stack.startWorker(model);
  expect((await lookAt(stack.url, id, 25)).body).toMatchObject({ id, status: 'succeeded' });
});

test('a caller who leaves does not cancel what another one waits for', async () => {
  const stack = await startScriptedStack(oneByOne);
  const other = await stack.startGateway();
  const slow = await occupy(stack);
  const leaving = new AbortController();
  const picture = await plainPicture([1, 2, 3]);
  const left = predict(stack.url, model, picture, { signal: leaving.signal }).catch(() => 'left');
  const redis = lookInto(stack);
  await waitFor('two rows', async () => (await redis.hlen('{shoal}:ledger:rows')) === 2);
  const ids = await redis.zrange('{shoal}:ledger', '0', '-1');
  const id = ids.find((each) => each !== slow)!;
  const waiter = lookAt(other.url, id, 20);
  await waitFor('the watch', async () => (await redis.exists(`{shoal}:watchers:${id}`)) === 1);
  leaving.abort();
  expect(await left).toBe('left');
  expect((await waiter).body).toMatchObject({ id, status: 'succeeded' });
});
