import { canceledResult, expiredResult, keysOf } from '@shoal/shared/contract';
import { ExchangeStore, connectSubscriber } from '@shoal/shared/redis';
import { createLog } from '@shoal/shared/service';
import { expect, onTestFinished, test } from 'vitest';
import { testJob, testResult, useRedis } from '../../../tests/support/exchange.ts';
import { waitFor } from '../../../tests/support/wait-for.ts';
import { Endings } from './endings.ts';

const world = useRedis();
const keys = keysOf('test');
const log = createLog('test', { SHOAL_LOG_LEVEL: 'silent' });
const exchange = () => new ExchangeStore(world.redis, keys);
const listeners = async () => Number((await world.redis.pubsub('NUMSUB', keys.ended('tiny')))[1]);

/** A worker's ear for the model `tiny`. */
async function listening(): Promise<Endings> {
  const before = await listeners();
  const subscriber = world.adopt(connectSubscriber(world.server.url));
  onTestFinished(() => subscriber.disconnect());
  const endings = new Endings();
  endings.listen(subscriber, keys, 'tiny', log);
  await waitFor('the subscription', async () => (await listeners()) > before);
  return endings;
}

test('whoever ends a prediction stops the work for it, and for it alone', async () => {
  const endings = await listening();
  const [ended, other] = [testJob(), testJob()];
  const [first, second] = [endings.track(ended.id), endings.track(other.id)];
  await exchange().publishResult(canceledResult(ended.id, 'on request'), ended, { isEnding: true });
  await waitFor('the end', () => first.signal.aborted);
  expect(first.signal.reason).toMatchObject({ code: 'canceled' });
  expect(second.signal.aborted).toBe(false);
});

test('of several workers each hears of it', async () => {
  const workers = [await listening(), await listening()];
  const job = testJob();
  const signals = workers.map((endings) => endings.track(job.id).signal);
  await exchange().publishResult(expiredResult(job.id), job, { isEnding: true });
  await waitFor('the end at both', () => signals.every(({ aborted }) => aborted));
  for (const { reason } of signals) expect(reason).toMatchObject({ code: 'canceled' });
});

test('an answer that a worker has computed stops nobody, nor does an ending of another model', async () => {
  const endings = await listening();
  const [computed, elsewhere, last] = [testJob(), testJob({ model: 'other' }), testJob()];
  const signals = [computed, elsewhere].map(({ id }) => endings.track(id).signal);
  await exchange().publishResult(testResult(computed.id), computed);
  await exchange().publishResult(expiredResult(elsewhere.id), elsewhere, { isEnding: true });
  const { signal } = endings.track(last.id);
  await exchange().publishResult(expiredResult(last.id), last, { isEnding: true });
  await waitFor('the last word', () => signal.aborted);
  expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
});

test('a job that is over hears nothing more, and its next delivery is another one', () => {
  const endings = new Endings();
  const first = endings.track('a');
  const again = endings.track('a');
  // The first delivery ends after the second began, as after a lock that was lost.
  first.forget();
  endings.end('a');
  expect([first.signal.aborted, again.signal.aborted]).toEqual([false, true]);
  again.forget();
  const third = endings.track('a');
  third.forget();
  endings.end('a');
  expect(third.signal.aborted).toBe(false);
});
