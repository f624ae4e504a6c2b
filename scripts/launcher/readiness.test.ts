import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { judge, lookOnce } from './readiness.ts';

const ready = (name: string, ...devices: string[]) => ({
  name,
  state: 'ready',
  workers: devices.map((device) => ({ device })),
});

test('everything expected is ready, whatever else is there', () => {
  expect(judge(['a'], [ready('other', 'cpu'), ready('a', 'cpu', 'cpu')])).toEqual({
    state: 'ready',
    models: [{ name: 'a', device: 'cpu' }],
  });
});

test.each(['loading', 'away', 'failed'])('a model that is %s is waited for', (state) => {
  expect(judge(['a', 'b'], [{ name: 'a', state }, ready('b', 'cpu')])).toEqual({
    state: 'waiting',
    waitingFor: ['a'],
  });
});

test('a gateway that is not there yet is waited for', async () => {
  expect(await lookOnce('http://127.0.0.1:1', ['a'])).toEqual({ state: 'waiting', waitingFor: ['gateway'] });
});

test('a gateway that lists its models and is not ready itself is waited for', async () => {
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/readyz' ? 503 : 200;
    response.end(JSON.stringify({ models: [ready('a', 'cpu')] }));
  }).listen(0, '127.0.0.1');
  await new Promise((done) => {
    server.once('listening', done);
  });
  try {
    const { port } = server.address() as AddressInfo;
    expect(await lookOnce(`http://127.0.0.1:${port}`, ['a'])).toEqual({
      state: 'waiting',
      waitingFor: ['gateway'],
    });
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
