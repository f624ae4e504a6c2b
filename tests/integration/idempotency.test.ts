/** One key, one prediction: across gateways, and through the death of whoever accepted it. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { cancel, predict, type Answer } from '../support/ask.ts';
import { pictureThat, plainPicture } from '../support/pictures.ts';
import { lookInto, startScriptedStack } from '../support/scripted-stack.ts';
import { waitFor } from '../support/wait-for.ts';

const model = 'scripted';

function ask(
  url: string,
  picture: Uint8Array,
  key: string,
  more: { query?: Record<string, string>; prefer?: string; signal?: AbortSignal } = {},
): Promise<Answer> {
  return predict(url, model, picture, {
    headers: { 'idempotency-key': key, ...(more.prefer !== undefined && { prefer: more.prefer }) },
    ...(more.query && { query: more.query }),
    ...(more.signal && { signal: more.signal }),
  });
}

test('the same key, picture and options are one prediction at every gateway, during it and after it', async () => {
  const stack = await startScriptedStack();
  const other = await stack.startGateway();
  const slow = await pictureThat('takesLong');
  const together = await Promise.all([ask(stack.url, slow, 'a'), ask(other.url, slow, 'a')]);
  const later = await ask(other.url, slow, 'a');
  for (const answer of together) expect(answer).toMatchObject({ status: 200, body: later.body });
  expect(later.headers.get('idempotent-replayed')).toBe('true');
  const replays = together.filter(({ headers }) => headers.has('idempotent-replayed'));
  expect(replays).toHaveLength(1);

  const elsewhere = await ask(stack.url, slow, 'b');
  expect(elsewhere.body.id).not.toBe(later.body.id);
});

test('the same key with another picture or other options is refused, whatever became of the first', async () => {
  const stack = await startScriptedStack();
  const picture = await plainPicture([1, 2, 3]);
  const first = await ask(stack.url, picture, 'a');
  for (const answer of [
    await ask(stack.url, await plainPicture([1, 2, 4]), 'a'),
    await ask(stack.url, picture, 'a', { query: { minScore: '0.9' } }),
  ]) {
    expect(answer).toMatchObject({ status: 422, body: { error: { code: 'idempotency_key_reused' } } });
  }
  expect((await ask(stack.url, picture, 'a')).body).toEqual(first.body);
  expect((await ask(stack.url, picture, 'not a key')).body.error?.code).toBe('options_invalid');
});

test('an answer is kept for as long as was asked, and its key as long', async () => {
  const stack = await startScriptedStack();
  const redis = lookInto(stack);
  const picture = await plainPicture([1, 2, 3]);
  const first = await ask(stack.url, picture, 'a', { query: { keepMs: '120000' } });
  const keptMs = await redis.pttl(`{shoal}:result:${first.body.id}`);
  expect(keptMs).toBeGreaterThan(60_000);
  expect(keptMs).toBeLessThanOrEqual(120_000);
  const [claim] = await redis.keys('{shoal}:claim:*');
  expect(await redis.pttl(claim!)).toBeGreaterThan(keptMs);
  expect((await ask(stack.url, picture, 'a')).body).toEqual(first.body);
});

test('whoever leaves a key behind finds the answer when it comes back', async () => {
  const stack = await startScriptedStack();
  const redis = lookInto(stack);
  const slow = await pictureThat('takesLong');
  const leaving = new AbortController();
  const left = ask(stack.url, slow, 'a', { signal: leaving.signal }).catch(() => 'left');
  await waitFor('the row', async () => (await redis.hlen('{shoal}:ledger:rows')) === 1);
  const [id] = await redis.hkeys('{shoal}:ledger:rows');
  leaving.abort();
  expect(await left).toBe('left');
  expect((await ask(stack.url, slow, 'a')).body).toMatchObject({ id, status: 'succeeded' });
});

test('a gateway that dies with the request: the same key at another gateway is the same prediction', async () => {
  const stack = await startScriptedStack();
  const other = await stack.startGateway();
  const redis = lookInto(stack);
  const slow = await pictureThat('takesLong');
  const lost = ask(stack.url, slow, 'a').catch(() => 'lost');
  await waitFor('the row', async () => (await redis.hlen('{shoal}:ledger:rows')) === 1);
  const [id] = await redis.hkeys('{shoal}:ledger:rows');
  await stack.gateway.kill();
  expect(await lost).toBe('lost');
  expect((await ask(other.url, slow, 'a')).body).toMatchObject({ id, status: 'succeeded' });
});

test('a key whose prediction never reached the queue brings it there, under its id', async () => {
  const stack = await startScriptedStack();
  const redis = lookInto(stack);
  await stack.workers[0]!.kill();
  const picture = await plainPicture([1, 2, 3]);
  const { body } = await ask(stack.url, picture, 'a', { prefer: 'respond-async' });
  const row = [`{shoal}:queue:scripted:wait`, `{shoal}:queue:scripted:${body.id}`];
  // As after a gateway that died between the claim and the queue.
  await redis.del(...row);
  await stack.startWorker(model);
  expect((await ask(stack.url, picture, 'a')).body).toMatchObject({ id: body.id, status: 'succeeded' });

  // As after a Redis that lost the row as well.
  await redis.del(`{shoal}:result:${body.id}`);
  expect((await ask(stack.url, picture, 'a')).body).toMatchObject({ id: body.id, status: 'succeeded' });
});

test('an answer that a second try could change gives the key back; one that it could not, keeps it', async () => {
  const stack = await startScriptedStack();
  const redis = lookInto(stack);
  const claim = `{shoal}:claim:${createHash('sha256')
    .update(JSON.stringify([undefined, 'a', undefined]))
    .digest('hex')}`;
  const failed = await ask(stack.url, await pictureThat('throws'), 'a');
  expect(failed.body.error?.code).toBe('model_failed');
  expect(await redis.exists(claim)).toBe(0);

  const slow = await pictureThat('takesLong');
  const accepted = await ask(stack.url, slow, 'a', { prefer: 'respond-async' });
  await cancel(stack.url, accepted.body.id!);
  const again = await ask(stack.url, slow, 'a');
  expect(again).toMatchObject({ status: 200, body: { status: 'succeeded' } });
  expect(again.body.id).not.toBe(accepted.body.id);
  await redis.del(claim);

  const broken = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(50)]);
  const refused = await ask(stack.url, broken, 'a');
  expect(refused.body.error?.code).toBe('image_undecodable');
  expect(await redis.pttl(claim)).toBeGreaterThan(23 * 3_600_000);
  expect((await ask(stack.url, broken, 'a')).body).toEqual(refused.body);
});
