import { EventEmitter } from 'node:events';
import { afterEach, expect, test, vi } from 'vitest';
import { startRedis } from '../../../../tests/support/redis.ts';
import { waitFor } from '../../../../tests/support/wait-for.ts';
import { connectConsumer, connectProducer, type Redis } from './connect.ts';
import { keepSubscribed } from './keep-subscribed.ts';
import { tellOfTrouble } from './tell-of-trouble.ts';

const lines: string[] = [];
const log = {
  warn: (_fields: object, message: string) => void lines.push(message),
  info: (message: string) => void lines.push(message),
};
const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  vi.useRealTimers();
  lines.length = 0;
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function redisWith(password: string) {
  const server = await startRedis({ password });
  cleanUps.push(() => server.stop());
  return server;
}

function watched(url: string): Redis[] {
  const connections = [connectConsumer(url), connectProducer(url, 500)];
  cleanUps.push(() => connections.forEach((connection) => connection.disconnect()));
  tellOfTrouble(connections, log);
  return connections;
}

test('a wrong password is told once, with where it is set, and that it is over as well', async () => {
  const server = await redisWith('right');
  const connections = watched(server.url.replace('right', 'wrong'));
  await waitFor('many attempts', () => lines.length > 0);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(lines).toEqual([
    expect.stringMatching(/^Redis is away: it does not accept the password.*REDIS_URL/),
  ]);
  const owner = connectConsumer(server.url);
  await owner.config('SET', 'requirepass', 'wrong');
  owner.disconnect();
  await waitFor('both to be ready', () => connections.every(({ status }) => status === 'ready'));
  expect(lines.slice(1)).toEqual(['Redis is back']);
});

test('another trouble is another line', async () => {
  const server = await redisWith('right');
  const connections = watched(server.url);
  await waitFor('both to be ready', () => connections.every(({ status }) => status === 'ready'));
  await server.kill();
  await waitFor('the news', () => lines.includes('Redis is away: nobody listens at its address'));
  await server.restart();
  await waitFor('the good news', () => lines.at(-1) === 'Redis is back');
  expect(lines.filter((line) => line === 'Redis is away: nobody listens at its address')).toHaveLength(1);
});

test.each([
  ['getaddrinfo ENOTFOUND reef', 'ENOTFOUND', 'the name of its host is unknown'],
  ['self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is not trusted'],
  ['unable to verify', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'its certificate is not trusted'],
  ['wrong version number', 'ERR_SSL_WRONG_VERSION_NUMBER', 'it does not speak our TLS'],
  ["NOPERM User reef has no permissions to run the 'info' command", undefined, 'its user may not run'],
  ['LOADING Redis is loading the dataset in memory', undefined, 'it still reads its data'],
  ['something new', 'ENEW', 'the connection was lost'],
])('%s: said in words', (message, code, words) => {
  const connection = new EventEmitter();
  tellOfTrouble([connection as unknown as Redis], log);
  connection.emit('error', Object.assign(new Error(message), code === undefined ? {} : { code }));
  expect(lines).toEqual([expect.stringContaining(words)]);
});

test('the same trouble is told again after a minute', () => {
  vi.useFakeTimers();
  const connection = new EventEmitter();
  tellOfTrouble([connection as unknown as Redis], log);
  for (let second = 0; second <= 60; second++) {
    connection.emit('error', new Error('NOAUTH Authentication required.'));
    vi.advanceTimersByTime(1_000);
  }
  expect(lines).toHaveLength(2);
});

test('a subscription that was refused at the start is there when the connection is', async () => {
  const server = await redisWith('right');
  const [subscriber] = watched(server.url.replace('right', 'wrong'));
  const heard: string[] = [];
  subscriber!.on('message', (_channel: string, message: string) => heard.push(message));
  keepSubscribed(subscriber!, 'reef', () => undefined);
  await waitFor('a refusal', () => lines.length > 0);
  const owner = connectConsumer(server.url);
  cleanUps.push(() => owner.disconnect());
  await owner.config('SET', 'requirepass', 'wrong');
  await waitFor('a subscriber', async () => (await owner.publish('reef', 'tide')) === 1);
  await waitFor('the message', () => heard.includes('tide'));
  // Granted once, it is renewed like any other, and each message still comes once.
  await owner.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
  await waitFor('a subscriber again', async () => (await owner.publish('reef', 'ebb')) === 1);
  await waitFor('the other message', () => heard.includes('ebb'));
  expect(heard).toEqual(['tide', 'ebb']);
});
