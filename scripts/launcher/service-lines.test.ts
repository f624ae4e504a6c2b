import { expect, test } from 'vitest';
import { ServiceLines } from './service-lines.ts';

function newLines() {
  const said: string[] = [];
  const clock = { nowMs: 0 };
  const lines = new ServiceLines(
    (line) => said.push(line),
    () => clock.nowMs,
  );
  return { said, clock, lines };
}

test('complaints of a start that goes well are never shown', () => {
  const { said, lines } = newLines();
  lines.take('gateway', 'no queue yet');
  lines.forget();
  expect(said).toEqual([]);
});

test('complaints of a start that fails are shown in order, repeated ones once', () => {
  const { said, lines } = newLines();
  for (const text of ['1', '1', '2', '1']) lines.take('gateway', text);
  lines.show();
  expect(said).toEqual(['gateway: 1', 'gateway: 2', 'gateway: 1']);
});

test('of a start that fails, only the service to blame is heard', () => {
  const { said, lines } = newLines();
  lines.take('gateway', 'no queue yet');
  lines.take('worker one', 'torn');
  lines.show('worker one');
  expect(said).toEqual(['worker one: torn']);
});

test('after the start a complaint is shown at once, and the same one only now and then', () => {
  const { said, clock, lines } = newLines();
  lines.forget();
  for (const nowMs of [0, 9_999, 10_000]) {
    clock.nowMs = nowMs;
    lines.take('gateway', 'Redis is away');
  }
  expect(said).toEqual(['gateway: Redis is away', 'gateway: Redis is away']);
});
