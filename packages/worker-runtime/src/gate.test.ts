import { expect, test } from 'vitest';
import { Gate } from './gate.ts';

/** Whether a promise has settled by now. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  return Promise.race([promise.then(() => true), new Promise<boolean>((r) => setImmediate(() => r(false)))]);
}

test('ordinary runs are side by side', async () => {
  const gate = new Gate();
  await gate.enter('together');
  expect(await settled(gate.enter('together'))).toBe(true);
});

test('a suspect waits until nothing else runs, and nothing starts while it runs', async () => {
  const gate = new Gate();
  const leaveFirst = await gate.enter('together');
  const suspect = gate.enter('alone');
  expect(await settled(suspect)).toBe(false);
  leaveFirst();
  const leaveSuspect = await suspect;
  const later = gate.enter('together');
  expect(await settled(later)).toBe(false);
  leaveSuspect();
  expect(await settled(later)).toBe(true);
});

test('a waiting suspect is not overtaken by those who come later', async () => {
  const gate = new Gate();
  const leaveFirst = await gate.enter('together');
  const suspect = gate.enter('alone');
  const later = gate.enter('together');
  expect(await settled(later)).toBe(false);
  leaveFirst();
  expect(await settled(suspect)).toBe(true);
  expect(await settled(later)).toBe(false);
});

test('two suspects run one after the other', async () => {
  const gate = new Gate();
  const leave = await gate.enter('alone');
  const second = gate.enter('alone');
  expect(await settled(second)).toBe(false);
  leave();
  leave();
  const leaveSecond = await second;
  expect(await settled(gate.enter('together'))).toBe(false);
  leaveSecond();
});
