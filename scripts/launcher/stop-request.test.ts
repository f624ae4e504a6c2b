import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { listenForStop } from './stop-request.ts';

function listen() {
  const source = new EventEmitter();
  const clock = { nowMs: 0 };
  return { source, clock, request: listenForStop(source, () => clock.nowMs) };
}

test('one Ctrl-C that arrives three times stops and does not hurry', () => {
  const { source, clock, request } = listen();
  for (const nowMs of [0, 5, 300]) {
    clock.nowMs = nowMs;
    source.emit('SIGINT');
  }
  expect(request.stop.aborted).toBe(true);
  expect(request.hurry.aborted).toBe(false);
});

test('a second Ctrl-C hurries', () => {
  const { source, clock, request } = listen();
  source.emit('SIGINT');
  clock.nowMs = 2_000;
  source.emit('SIGINT');
  expect(request.hurry.aborted).toBe(true);
});

test.each(['SIGTERM', 'SIGHUP', 'disconnect'])('%s stops as well', (event) => {
  const { source, request } = listen();
  source.emit(event);
  expect(request.stop.aborted).toBe(true);
});
