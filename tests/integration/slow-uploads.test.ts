/** Callers who take their time cost a connection each, and nobody else anything. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { predict } from '../support/ask.ts';
import { plainPicture } from '../support/pictures.ts';
import { startScriptedStack } from '../support/scripted-stack.ts';

const uploadTimeoutMs = 4_000;
const promisedBytes = 100_000;

const headOf = (contentLength: number): string =>
  `POST /v1/predictions?model=scripted HTTP/1.1\r\nhost: a\r\ncontent-type: image/jpeg\r\ncontent-length: ${contentLength}\r\n\r\n`;

/** The beginning of a request whose body is promised; `answer` is what comes back first. */
function open(port: number, head: string): { socket: Socket; answer: Promise<string> } {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const answer = once(socket, 'data').then(([bytes]) => (bytes as Buffer).toString('latin1'));
  socket.write(head);
  return { socket, answer };
}

test(
  'a hundred who promise all that a gateway may hold keep nobody out, and each is told that it took too long',
  { timeout: 60_000 },
  async () => {
    const env = {
      SHOAL_UPLOAD_TIMEOUT_MS: String(uploadTimeoutMs),
      SHOAL_UPLOADS_BYTES_MAX: String(100 * promisedBytes),
    };
    const stack = await startScriptedStack({ env });
    const port = Number(new URL(stack.url).port);
    const picture = await plainPicture([1, 2, 3]);
    const slow = Array.from({ length: 100 }, () => open(port, headOf(promisedBytes)));
    // Half of them send nothing more, the others a byte now and then.
    const drip = setInterval(() => {
      for (const { socket } of slow.slice(50)) if (socket.writable) socket.write('x');
    }, 100);
    onTestFinished(() => clearInterval(drip));
    await sleep(200);
    const statuses: number[] = [];
    const endMs = performance.now() + uploadTimeoutMs / 2;
    while (performance.now() < endMs) statuses.push((await predict(stack.url, 'scripted', picture)).status);
    expect(statuses.length).toBeGreaterThan(2);
    expect(new Set(statuses)).toEqual(new Set([200]));
    const answers = await Promise.all(slow.map(({ answer }) => answer));
    for (const answer of answers) {
      expect(answer).toMatch(/^HTTP\/1\.1 408 /);
      expect(answer).toContain('"code":"upload_timeout"');
    }
  },
);

test('what has really come is bounded: more than a gateway may hold is overloaded', async () => {
  const heldMax = 1_000_000;
  const stack = await startScriptedStack({
    env: { SHOAL_UPLOADS_BYTES_MAX: String(heldMax), SHOAL_UPLOAD_TIMEOUT_MS: String(uploadTimeoutMs) },
  });
  const port = Number(new URL(stack.url).port);
  const held = open(port, headOf(heldMax));
  held.socket.write(Buffer.alloc(heldMax - 100));
  await sleep(300);
  const refused = await predict(stack.url, 'scripted', await plainPicture([1, 2, 3]));
  expect(refused).toMatchObject({ status: 503, body: { error: { code: 'overloaded' } } });
  held.socket.write(Buffer.alloc(100));
  expect(await held.answer).toMatch(/^HTTP\/1\.1 415 /);

  // Both fit when they begin, and one of them no more when they have come.
  const two = [open(port, headOf(heldMax - 100)), open(port, headOf(heldMax - 100))];
  await sleep(200);
  for (const { socket } of two) socket.write(Buffer.alloc(heldMax - 200));
  const first = await Promise.race(two.map(({ answer }) => answer));
  expect(first).toMatch(/^HTTP\/1\.1 503 .*"code":"overloaded"/s);
  for (const { socket } of two) socket.write(Buffer.alloc(100));
  const answers = await Promise.all(two.map(({ answer }) => answer));
  expect(answers.map((answer) => answer.slice(9, 12)).toSorted()).toEqual(['415', '503']);
  expect((await predict(stack.url, 'scripted', await plainPicture([1, 2, 3]))).status).toBe(200);
});

test('a head that never ends is answered and its connection closed', { timeout: 60_000 }, async () => {
  const stack = await startScriptedStack({ env: { SHOAL_UPLOAD_TIMEOUT_MS: '1000' } });
  const port = Number(new URL(stack.url).port);
  const startedMs = performance.now();
  const { socket, answer } = open(port, 'POST /v1/predictions HTTP/1.1\r\nhost: a\r\n');
  const silent = connect(port, '127.0.0.1').resume();
  const closed = Promise.all([once(socket, 'close'), once(silent, 'close')]);
  expect(await answer).toMatch(/^HTTP\/1\.1 408 .*"code":"upload_timeout"/s);
  await closed;
  expect(performance.now() - startedMs).toBeLessThan(12_000);
});

test('a refusal is not lost because its connection closes while a large picture still comes', async () => {
  const stack = await startScriptedStack({ env: { SHOAL_UPLOAD_BYTES_MAX: '100000' } });
  const port = Number(new URL(stack.url).port);
  const body = Buffer.alloc(60_000_000);
  for (let attempt = 0; attempt < 5; attempt++) {
    const { socket, answer } = open(port, headOf(body.length).replace('host', 'connection: close\r\nhost'));
    socket.write(body);
    expect(await answer).toMatch(/^HTTP\/1\.1 413 /);
    await once(socket, 'close');
  }
});
