import { once } from 'node:events';
import { createServer, request as send, type IncomingMessage, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inFewPieces, readStream } from './read-stream.ts';

let server: Server;
const held: IncomingMessage[] = [];

beforeEach(async () => {
  server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => {
  held.length = 0;
  server.closeAllConnections();
  server.close();
});

/** A request with this body that is not answered, as it comes in. `end` ends the body. */
async function receive(body: Buffer, { isEnded = true } = {}) {
  const { port } = server.address() as { port: number };
  const headers = { 'content-length': isEnded ? body.length : body.length + 1 };
  const outgoing = send({ port, host: '127.0.0.1', method: 'POST', headers });
  outgoing.on('error', () => undefined);
  outgoing.write(body);
  if (isEnded) outgoing.end();
  const [incoming] = (await once(server, 'request')) as [IncomingMessage];
  held.push(incoming);
  return { incoming, outgoing };
}

const anything = () => undefined;
const full = () => {
  throw new Error('no room');
};
/** In a function of its own, which holds nothing when it is over. */
const readWeakly = async (incoming: IncomingMessage) =>
  new WeakRef((await readStream(incoming, 1_000_000, anything))[0]!);

test('a body comes whole, and whoever counts is told of every byte', async () => {
  const body = Buffer.alloc(300_000, 'picture');
  const { incoming } = await receive(body);
  let count = 0;
  const pieces = await readStream(incoming, body.length, (more) => (count += more));
  expect(Buffer.concat(pieces).equals(body)).toBe(true);
  expect(count).toBe(body.length);
});

test('a body that comes in very small pieces is handed on in one, and one in large pieces as it came', () => {
  const small = Array.from({ length: 1_000 }, () => Buffer.from('ab'));
  expect(inFewPieces(small)).toEqual([Buffer.from('ab'.repeat(1_000))]);
  const large = [Buffer.alloc(65_536, 1), Buffer.alloc(10_000, 2)];
  expect(inFewPieces(large)).toBe(large);
  expect(inFewPieces([])).toEqual([]);
});

describe('a body is refused', () => {
  test('before it comes when it says that it is too large', async () => {
    const { incoming } = await receive(Buffer.alloc(11));
    await expect(readStream(incoming, 10, anything)).rejects.toMatchObject({ code: 'upload_too_large' });
  });

  test('as soon as it is larger than it may be', async () => {
    const { incoming } = await receive(Buffer.alloc(200_000), { isEnded: false });
    delete incoming.headers['content-length'];
    await expect(readStream(incoming, 100_000, anything)).rejects.toMatchObject({ code: 'upload_too_large' });
  });

  test('when there is no more room for it', async () => {
    const { incoming } = await receive(Buffer.alloc(200_000), { isEnded: false });
    await expect(readStream(incoming, 1_000_000, full)).rejects.toThrow('no room');
  });

  test('when its connection ends before it does', async () => {
    const { incoming, outgoing } = await receive(Buffer.alloc(10), { isEnded: false });
    const reading = readStream(incoming, 100, anything);
    outgoing.destroy();
    await expect(reading).rejects.toThrow(/aborted|ended before its body/);
  });
});

test('a request that waits for its answer does not keep its picture', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const { incoming } = await receive(Buffer.alloc(1_000_000, 'picture'));
  const picture = await readWeakly(incoming);
  for (let turn = 0; turn < 50 && picture.deref() !== undefined; turn += 1) {
    await sleep(10);
    collectGarbage();
  }
  expect(incoming.socket.destroyed).toBe(false);
  expect(picture.deref()).toBeUndefined();
});
