import fc from 'fast-check';
import { expect, test } from 'vitest';
import { priorities } from '@shoal/shared/contract';
import { slotLimits } from './slot-shares.ts';

test('a class that waits alone may have the whole worker', () => {
  expect(slotLimits(8, { high: false, normal: true, low: false }).normal).toBe(8);
  expect(slotLimits(8, { high: false, normal: false, low: true }).low).toBe(8);
});

test('of a worker that all want, the more urgent class has more', () => {
  expect(slotLimits(26, { high: true, normal: true, low: true })).toEqual({ high: 16, normal: 8, low: 2 });
  expect(slotLimits(4, { high: true, normal: false, low: true })).toMatchObject({ high: 4, low: 1 });
});

test('whoever waits, no class is shut out, and those that wait share what there is', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 256 }),
      fc.record({ high: fc.boolean(), normal: fc.boolean(), low: fc.boolean() }),
      (slots, isWaiting) => {
        const limits = slotLimits(slots, isWaiting);
        const sharing = priorities.filter((priority) => isWaiting[priority]);
        const shared = sharing.reduce((sum, priority) => sum + limits[priority], 0);
        for (const priority of priorities) expect(limits[priority]).toBeGreaterThanOrEqual(1);
        // Rounding, and one slot for each however small its share.
        expect(shared).toBeLessThanOrEqual(slots + 2);
        expect(shared).toBeGreaterThanOrEqual(sharing.length === 0 ? 0 : slots - 1);
        const inOrder = sharing.map((priority) => limits[priority]);
        expect(inOrder).toEqual(inOrder.toSorted((a, b) => b - a));
      },
    ),
  );
});
