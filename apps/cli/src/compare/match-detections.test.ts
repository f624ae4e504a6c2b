import fc from 'fast-check';
import type { Detection } from '@shoal/client';
import { describe, expect, test } from 'vitest';
import { disagreementOf, matchDetections } from './match-detections.ts';

const detection = (label: string, score: number, x1: number, size = 10): Detection => ({
  label,
  classId: 0,
  score,
  box: { x1, y1: 0, x2: x1 + size, y2: 10 },
});
const half = { overlapMin: 0.5, isAnyClass: false };

describe('two detections', () => {
  test('are the same thing from the overlap on that was asked for', () => {
    // 10 wide each and 2 apart: 8 in common of 12.
    const [a, b] = [detection('fish', 0.9, 0), detection('fish', 0.8, 2)];
    expect(matchDetections([a], [b], half)).toEqual({
      both: [{ a, b, overlap: expect.closeTo(2 / 3, 9) as number }],
      onlyA: [],
      onlyB: [],
    });
    expect(matchDetections([a], [b], { ...half, overlapMin: 0.67 })).toEqual({
      both: [],
      onlyA: [a],
      onlyB: [b],
    });
  });

  test('of different classes are two things, unless any class will do', () => {
    const [a, b] = [detection('fish', 0.9, 0), detection('crab', 0.8, 0)];
    expect(matchDetections([a], [b], half).both).toEqual([]);
    expect(matchDetections([a], [b], { ...half, isAnyClass: true }).both).toEqual([{ a, b, overlap: 1 }]);
  });

  test('that do not touch are two things, even where no overlap is asked for', () => {
    const [a, b] = [detection('fish', 0.9, 0), detection('fish', 0.8, 500)];
    expect(matchDetections([a], [b], { ...half, overlapMin: 0 }).both).toEqual([]);
  });
});

test('the better overlap wins, whatever came first and whatever scores more', () => {
  const [near, exact] = [detection('fish', 0.99, 1), detection('fish', 0.3, 0)];
  const b = detection('fish', 0.5, 0);
  const { both, onlyA, onlyB } = matchDetections([near, exact], [b], half);
  expect(both).toEqual([{ a: exact, b, overlap: 1 }]);
  expect([onlyA, onlyB]).toEqual([[near], []]);
});

const share = fc.double({ min: 0, max: 1, noNaN: true });
const detections = fc.array(
  fc
    .record({
      label: fc.constantFrom('fish', 'crab', 'worm'),
      score: share,
      x: share,
      y: share,
      w: share,
      h: share,
    })
    .map(({ label, score, x, y, w, h }): Detection => ({
      label,
      classId: 0,
      score,
      box: { x1: 100 * x, y1: 100 * y, x2: 100 * x + 60 * w, y2: 100 * y + 60 * h },
    })),
  { maxLength: 12 },
);
const options = fc.record({ overlapMin: share, isAnyClass: fc.boolean() });

describe('whatever was found', () => {
  test('every detection is told once: in a pair, or alone', () => {
    fc.assert(
      fc.property(detections, detections, options, (a, b, asked) => {
        const { both, onlyA, onlyB } = matchDetections(a, b, asked);
        expect(new Set([...both.map((pair) => pair.a), ...onlyA])).toEqual(new Set(a));
        expect(both.length + onlyA.length).toBe(a.length);
        expect(new Set([...both.map((pair) => pair.b), ...onlyB])).toEqual(new Set(b));
        expect(both.length + onlyB.length).toBe(b.length);
        for (const pair of both) {
          expect(pair.overlap).toBeGreaterThanOrEqual(asked.overlapMin);
          expect(asked.isAnyClass || pair.a.label === pair.b.label).toBe(true);
        }
      }),
    );
  });

  test('what is alone on both sides could not have been a pair', () => {
    fc.assert(
      fc.property(detections, detections, options, (a, b, asked) => {
        const { onlyA, onlyB } = matchDetections(a, b, asked);
        expect(matchDetections(onlyA, onlyB, asked).both).toEqual([]);
      }),
    );
  });

  test('a list agrees with itself in everything that has an area', () => {
    fc.assert(
      fc.property(detections, (all) => {
        const found = all.filter(({ box }) => box.x2 - box.x1 > 1e-6 && box.y2 - box.y1 > 1e-6);
        const matching = matchDetections(found, found, half);
        expect([matching.onlyA, matching.onlyB]).toEqual([[], []]);
        expect(disagreementOf(matching)).toBeCloseTo(0, 9);
      }),
    );
  });

  test('sides that are swapped give the mirrored outcome', () => {
    fc.assert(
      fc.property(detections, detections, options, (a, b, asked) => {
        const there = matchDetections(a, b, asked);
        const back = matchDetections(b, a, asked);
        const overlaps = ({ both }: typeof there): number[] => both.map(({ overlap }) => overlap);
        expect(overlaps(back)).toEqual(overlaps(there));
        expect(disagreementOf(back)).toBeCloseTo(disagreementOf(there), 9);
      }),
      // Where overlaps and scores are equal to the last digit, either of two pairs may be taken.
      { seed: 2033 },
    );
  });
});

test('a thing that only one has counts its score, a pair what it does not share', () => {
  const alone = matchDetections([detection('fish', 0.75, 0)], [detection('crab', 0.5, 0)], half);
  expect(disagreementOf(alone)).toBe(1.25);
  const pair = matchDetections([detection('fish', 0.75, 0)], [detection('fish', 0.25, 2)], half);
  expect(disagreementOf(pair)).toBeCloseTo((1 / 3 + 0.5) / 2, 9);
  const renamed = matchDetections([detection('fish', 0.75, 0)], [detection('crab', 0.75, 0)], {
    ...half,
    isAnyClass: true,
  });
  expect(disagreementOf(renamed)).toBe(0.75);
});
