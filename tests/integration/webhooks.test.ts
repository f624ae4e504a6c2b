/** Webhooks: the answer is posted to whoever the request names, signed, until it is there or given up. */
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { toAnswer, type Answer } from '../support/ask.ts';
import { readSamples, sumOf } from '../support/metrics.ts';
import { pictureThat, plainPicture } from '../support/pictures.ts';
import { startReceiver, type Received, type Receiver } from '../support/receiver.ts';
import { makeModelsFolder, type ModelsFolder } from '../support/scripted-models.ts';
import { startStack, type Stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';
import { orphanSweepMs } from '../../packages/shared/src/contract/index.ts';
import { connectConsumer, type Redis } from '../../packages/shared/src/redis/index.ts';

const secretOf = (byte: number): string => `whsec_${Buffer.alloc(32, byte).toString('base64')}`;
const [installationSecret, ownSecret] = [secretOf(1), secretOf(2)];
const open = { SHOAL_WEBHOOK_PRIVATE: 'true', SHOAL_WEBHOOK_SECRET: installationSecret };
let models: ModelsFolder;
let stack: Stack;
let redis: Redis;

beforeAll(async () => {
  models = await makeModelsFolder();
  await models.add('scripted');
  stack = await startStack({ models: ['scripted'], modelsDir: models.dir, env: open });
  redis = connectConsumer(stack.redis.url);
});

afterAll(async () => {
  redis.disconnect();
  await stack.stop();
  await models.remove();
});

async function ask(
  picture: Uint8Array,
  fields: Readonly<Record<string, string>>,
  options: { url?: string; prefer?: string } = {},
): Promise<Answer> {
  const query = new URLSearchParams({ model: 'scripted', ...fields });
  return toAnswer(
    await fetch(`${options.url ?? stack.url}/v1/predictions?${query.toString()}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/octet-stream',
        ...(options.prefer !== undefined && { prefer: options.prefer }),
      },
      body: picture as NonNullable<RequestInit['body']>,
    }),
  );
}

const stored = async (id: string) => toAnswer(await fetch(`${stack.url}/v1/predictions/${id}`));
const verify = ({ body, headers }: Received, secret: string): unknown =>
  new Webhook(secret).verify(body, headers as Record<string, string>);
const arrived = (receiver: Receiver, count = 1, timeoutMs?: number) =>
  waitFor(`${count} webhooks`, () => receiver.received.length >= count, timeoutMs);
const nothingLeft = () =>
  waitFor('the outbox and its queue to be empty', async () => {
    const [rows, jobs] = await Promise.all([
      redis.hlen('{shoal}:webhooks'),
      redis.keys('{shoal}:queue:@webhooks:????????-????-*'),
    ]);
    return rows + jobs.length === 0;
  });

test('an asynchronous prediction is posted when it is done, as it can be fetched, signed with the request’s secret', async () => {
  const receiver = await startReceiver();
  const fields = { webhook: `${receiver.url}/hook`, webhookSecret: ownSecret };
  const accepted = await ask(await plainPicture([1, 2, 3]), fields, { prefer: 'respond-async' });
  expect(accepted.status).toBe(202);
  await arrived(receiver);
  const [came] = receiver.received as [Received];
  expect(came).toMatchObject({
    method: 'POST',
    path: '/hook',
    headers: { 'webhook-id': accepted.body.id, 'content-type': 'application/json', 'user-agent': 'Shoal' },
  });
  const answer = verify(came, ownSecret);
  expect(answer).toMatchObject({ id: accepted.body.id, status: 'succeeded' });
  expect((await stored(accepted.body.id!)).body).toEqual(answer);
  expect(() => verify(came, installationSecret)).toThrow(/No matching signature/);
  await nothingLeft();
  expect(receiver.received).toHaveLength(1);
});

test('one that is waited for is posted as well, signed with the installation’s secret where it brings none', async () => {
  const receiver = await startReceiver();
  const answered = await ask(await plainPicture([1, 2, 4]), { webhook: receiver.url });
  expect(answered.status).toBe(200);
  await arrived(receiver);
  expect(verify(receiver.received[0]!, installationSecret)).toEqual(answered.body);
  await nothingLeft();
});

test('every end is posted: a picture that cannot be decoded, one whose time is over, one that was canceled', async () => {
  const receiver = await startReceiver();
  const prefer = 'respond-async';
  const webhook = receiver.url;
  const broken = (await plainPicture([1, 2, 5])).subarray(0, 60);
  const failed = await ask(broken, { webhook }, { prefer });
  await arrived(receiver);
  // While nobody takes them, one runs out of time and one is canceled.
  stack.workers[0]!.signal('SIGSTOP');
  const expired = await ask(await plainPicture([1, 2, 5]), { webhook, deadlineMs: '2000' }, { prefer });
  const canceled = await ask(await plainPicture([1, 2, 5]), { webhook }, { prefer });
  await fetch(`${stack.url}/v1/predictions/${canceled.body.id}`, { method: 'DELETE' });
  await arrived(receiver, 3);
  stack.workers[0]!.signal('SIGCONT');
  const succeeded = await ask(await plainPicture([1, 2, 5]), { webhook }, { prefer });
  await arrived(receiver, 4);
  const ends = receiver.received.map((came) => verify(came, installationSecret) as Answer['body']);
  expect(Object.fromEntries(ends.map(({ id, status }) => [id, status]))).toEqual({
    [failed.body.id!]: 'failed',
    [succeeded.body.id!]: 'succeeded',
    [expired.body.id!]: 'expired',
    [canceled.body.id!]: 'canceled',
  });
  expect(ends.find(({ id }) => id === failed.body.id)?.error?.code).toBe('image_undecodable');
  await nothingLeft();
});

test('a receiver that answers 500 is asked again, and then has it', { timeout: 60_000 }, async () => {
  const receiver = await startReceiver((response, _came, index) =>
    response.writeHead(index === 0 ? 500 : 202).end(),
  );
  await ask(await plainPicture([1, 2, 6]), { webhook: receiver.url });
  await arrived(receiver, 2);
  const [first, second] = receiver.received as [Received, Received];
  expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
  expect(second.atMs - first.atMs).toBeGreaterThan(5_000);
  // The time is signed, and it is that of the attempt: a receiver may hold it against its clock.
  expect(Number(second.headers['webhook-timestamp'])).toBeGreaterThan(
    Number(first.headers['webhook-timestamp']),
  );
  expect(verify(second, installationSecret)).toEqual(verify(first, installationSecret));
  await nothingLeft();
});

test('a receiver that answers 410 is given up at once, which is counted and said', async () => {
  const receiver = await startReceiver((response) => response.writeHead(410).end());
  const gone = async () => sumOf(await readSamples(stack.url), 'shoal_webhooks_total', { outcome: 'gone' });
  const before = await gone();
  const { body } = await ask(await plainPicture([1, 2, 7]), { webhook: `${receiver.url}/?key=door` });
  await arrived(receiver);
  await nothingLeft();
  expect(await gone()).toBe(before + 1);
  const line = stack.gateway.log.find(({ msg, id }) => msg === 'webhook given up' && id === body.id);
  expect(line).toMatchObject({ level: 'warn', model: 'scripted', host: `127.0.0.1:${receiver.port}` });
  expect(stack.gateway.text).not.toContain('key=door');
  expect(receiver.received).toHaveLength(1);
});

test('a gateway killed while it delivers: another one delivers', { timeout: 60_000 }, async () => {
  // Holds on to the first request for ever.
  const receiver = await startReceiver((response, _came, index) => {
    if (index > 0) response.writeHead(200).end();
  });
  // The other gateways of the stack share the queue: only one of them may take this job.
  const own = await startStack({ models: ['scripted'], modelsDir: models.dir, env: open });
  onTestFinished(() => own.stop());
  const { body } = await ask(await plainPicture([1, 2, 8]), { webhook: receiver.url }, own);
  await arrived(receiver);
  await own.startGateway();
  await own.gateway.kill();
  await arrived(receiver, 2);
  expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([body.id, body.id]);
  expect(verify(receiver.received[1]!, installationSecret)).toEqual(body);
});

test(
  'a gateway killed before the answer was written: the webhook is found due by another one, and delivered',
  { timeout: 60_000 },
  async () => {
    const receiver = await startReceiver();
    const own = await startStack({ models: ['scripted'], modelsDir: models.dir, env: open });
    onTestFinished(() => own.stop());
    const fields = { webhook: receiver.url };
    const options = { url: own.url, prefer: 'respond-async' };
    const { body } = await ask(await pictureThat('takesLong'), fields, options);
    // Whoever would have been woken for the webhook is gone, so that nobody makes a job of it.
    await own.gateway.kill();
    await own.startGateway();
    await arrived(receiver, 1, 3 * orphanSweepMs);
    expect(verify(receiver.received[0]!, installationSecret)).toMatchObject({
      id: body.id,
      status: 'succeeded',
    });
  },
);

test('a gateway told to stop ends the delivery that is under way', { timeout: 60_000 }, async () => {
  const receiver = await startReceiver((response) => {
    setTimeout(() => response.writeHead(200).end(), 1_500);
  });
  const own = await startStack({ models: ['scripted'], modelsDir: models.dir, env: open });
  onTestFinished(() => own.stop());
  await ask(await plainPicture([1, 2, 9]), { webhook: receiver.url }, own);
  await arrived(receiver);
  own.gateway.signal('SIGTERM');
  expect(await own.gateway.ended()).toBe(0);
  const look = connectConsumer(own.redis.url);
  onTestFinished(() => look.disconnect());
  expect(await look.hlen('{shoal}:webhooks')).toBe(0);
  expect(receiver.received).toHaveLength(1);
});

test('what cannot be delivered is refused before a picture is queued: a private receiver, and a webhook without a secret', async () => {
  const { url } = await stack.startGateway({ SHOAL_WEBHOOK_PRIVATE: '', SHOAL_WEBHOOK_SECRET: '' });
  const receiver = await startReceiver();
  const refused = await ask(await plainPicture([1, 3, 1]), { webhook: receiver.url }, { url });
  expect(refused).toMatchObject({ status: 400, body: { error: { code: 'options_invalid' } } });
  expect(refused.body.error!.message).toMatch(/^webhook: .*a private address; webhookSecret: .*came nothing/);
  const secretOnly = await ask(await plainPicture([1, 3, 1]), { webhookSecret: ownSecret }, { url });
  expect(secretOnly.body.error!.message).toMatch(/^webhook: expected a URL/);
  expect(receiver.received).toEqual([]);
});
