import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { coalesceWrites } from './coalesce-writes.ts';

let near: Socket;
let heard: () => Promise<string>;
let close: () => void;

beforeEach(async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  near = connect((server.address() as { port: number }).port, '127.0.0.1');
  const [far] = await accepted;
  let text = '';
  far.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  heard = async () => {
    near.end();
    await once(far, 'end');
    return text;
  };
  close = () => {
    near.destroy();
    far.destroy();
    server.close();
  };
  coalesceWrites(near);
});

afterEach(() => close());

test('what is written in one turn is handed over at once, text and bytes in their order', async () => {
  const handedOver: number[] = [];
  // What a stream does with all that waits, by the name that Node gives it.
  const name = '_writev';
  const writev = near[name]!.bind(near);
  near[name] = (chunks, callback) => {
    handedOver.push(chunks.length);
    writev(chunks, callback);
  };
  near.write('one ');
  near.write(Buffer.from('two '));
  await Promise.resolve();
  near.write('three ');
  expect(handedOver).toEqual([]);
  await turn();
  near.write('four ');
  near.write('five');
  await turn();
  expect(handedOver).toEqual([3, 2]);
  expect(await heard()).toBe('one two three four five');
});

test('what was written before the connection ends still arrives', async () => {
  near.write('the last word');
  expect(await heard()).toBe('the last word');
});

test('a connection that is destroyed in the same turn is no trouble', async () => {
  near.write('into the void');
  near.destroy();
  await turn();
  expect(near.destroyed).toBe(true);
});
