import { expect, test } from 'vitest';
import { newPredictionId } from './prediction-id.ts';

test('ids are UUIDs of version 7 with the time in front, and no two are alike', () => {
  const beforeMs = Date.now();
  const ids = Array.from({ length: 10_000 }, newPredictionId);
  const afterMs = Date.now();
  for (const id of ids) {
    expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    const madeAtMs = Number.parseInt(id.replace('-', '').slice(0, 12), 16);
    expect(madeAtMs).toBeGreaterThanOrEqual(beforeMs);
    expect(madeAtMs).toBeLessThanOrEqual(afterMs);
  }
  // What comes after the time differs as well, in every part of it.
  expect(new Set(ids.map((id) => id.slice(14))).size).toBe(ids.length);
});
