/** Suppression finds overlapping boxes by where they lie; here it is held against a walk that compares all with all. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { iou } from './iou.ts';
import { nonMaxSuppression } from './non-max-suppression.ts';
import type { SuppressionOptions } from './non-max-suppression.ts';
import { toBox, toCandidates, type TestBox, type Xyxy } from './test-boxes.ts';

function suppressGreedily(boxes: readonly TestBox[], options: SuppressionOptions): number[] {
  const kept: number[] = [];
  const isRival = (a: number, b: number): boolean =>
    options.classAgnostic || boxes[a]!.classId === boxes[b]!.classId;
  for (const index of boxes.map((_, at) => at).toSorted((a, b) => compare(boxes[a]!, boxes[b]!) || a - b)) {
    if (kept.length === options.maxDetections) break;
    const overlaps = (other: number): boolean =>
      iou(toBox(boxes[index]!), toBox(boxes[other]!)) > options.iou;
    if (!kept.some((other) => isRival(index, other) && overlaps(other))) kept.push(index);
  }
  return kept;
}

/** Best score first, then the lower class, then the lower coordinate; what is not a number comes last. */
function compare(a: TestBox, b: TestBox): number {
  const [left, right] = [a, b].map(({ score, classId, xyxy }) => [-score, classId, ...xyxy]);
  for (const [at, value] of left!.entries()) {
    const other = right![at]!;
    if (value < other || (Number.isNaN(other) && !Number.isNaN(value))) return -1;
    if (value > other || (Number.isNaN(value) && !Number.isNaN(other))) return 1;
  }
  return 0;
}

const whole = fc.integer({ min: -20, max: 40 });
const extent = fc.integer({ min: -1, max: 25 });
/** Whole numbers, so that boxes are often the same, touch, have no area, or overlap exactly as much as is allowed. */
const onRaster = fc
  .tuple(whole, whole, extent, extent)
  .map(([x, y, width, height]): Xyxy => [x, y, x + width, y + height]);
const side = fc.double({ min: 0.5, max: 400, noNaN: true });
const place = fc.double({ min: -100, max: 700, noNaN: true });
const anywhere = fc
  .tuple(place, place, side, side)
  .map(([x, y, width, height]): Xyxy => [x, y, x + width, y + height]);
/** Whatever a network can say: not numbers, infinities, numbers of any size, corners the wrong way round. */
const wildNumber = fc.oneof(fc.float(), fc.constantFrom(NaN, NaN, Infinity, -Infinity, 0, 1, 2));
const wild = fc.tuple(wildNumber, wildNumber, wildNumber, wildNumber);
const nearlyEqual = [0.5, 0.5 + 1e-12, 0.5 - 1e-12, 1, 0, -0, -0.5, 1e-300, -1e-300, Infinity];
const boxOf = (xyxy: fc.Arbitrary<Xyxy>): fc.Arbitrary<TestBox> =>
  fc.record({
    xyxy,
    score: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(...nearlyEqual)),
    classId: fc.constantFrom(0, 0, 0, 1, 690, -1),
  });
const boxes = fc.oneof(
  ...[onRaster, anywhere, wild, fc.oneof(onRaster, anywhere, wild)].map((xyxy) =>
    fc.array(boxOf(xyxy), { maxLength: 120, size: 'max' }),
  ),
);
const options = fc.record({
  iou: fc.oneof(fc.constantFrom(0, 0.25, 0.45, 0.5, 0.999, 1), fc.double({ min: 0, max: 1, noNaN: true })),
  maxDetections: fc.constantFrom(1, 7, 1000),
  classAgnostic: fc.boolean(),
});

test('the survivors are those of the plain greedy walk, in the same order', () => {
  fc.assert(
    fc.property(boxes, options, (all, asked) => {
      expect(nonMaxSuppression(toCandidates(all), asked)).toEqual(suppressGreedily(all, asked));
    }),
    { numRuns: 600 },
  );
});

/** Of a box, those whose corners are as far from its own as they can be while the two still overlap too much. */
const reaches: readonly ((xyxy: Xyxy, iouMax: number, nearly: number) => Xyxy)[] = [
  ([x1, y1, x2, y2], iouMax, nearly) => [x2 - ((x2 - x1) / iouMax) * nearly, y1, x2, y2],
  ([x1, y1, x2, y2], iouMax, nearly) => [x1, y2 - ((y2 - y1) / iouMax) * nearly, x2, y2],
  ([x1, y1, x2, y2], iouMax, nearly) => [x2 - (x2 - x1) * iouMax * nearly, y1, x2, y2],
  ([x1, y1, x2, y2], iouMax, nearly) => [x1, y2 - (y2 - y1) * iouMax * nearly, x2, y2],
];
const reaching = fc.record({
  xyxy: anywhere,
  reach: fc.constantFrom(...reaches),
  nearly: fc.constantFrom(1, 1 - 1e-15, 1 + 1e-15, 1 - 1e-4, 1 + 1e-4, 0.95),
  score: fc.double({ min: 0, max: 1, noNaN: true }),
});

test('a box is found wherever the corner of one that overlaps it too much can be', () => {
  const pairs = fc.array(reaching, { minLength: 30, maxLength: 60, size: 'max' });
  const threshold = fc.oneof(fc.constantFrom(0.01, 0.45, 1), fc.double({ min: 0.01, max: 1, noNaN: true }));
  fc.assert(
    fc.property(pairs, threshold, (made, iouMax) => {
      const all = made.flatMap(({ xyxy, reach, nearly, score }): TestBox[] => [
        { xyxy, score, classId: 0 },
        { xyxy: reach(xyxy, iouMax, nearly), score: 0.5, classId: 0 },
      ]);
      const asked = { iou: iouMax, maxDetections: 1000, classAgnostic: false };
      expect(nonMaxSuppression(toCandidates(all), asked)).toEqual(suppressGreedily(all, asked));
    }),
    { numRuns: 200 },
  );
});

test('thousands of boxes of all sizes have the survivors of the plain greedy walk', () => {
  const small = fc.record({ seed: fc.integer(), iou: fc.constantFrom(0, 0.1, 0.45, 0.9) });
  fc.assert(
    fc.property(small, ({ seed, iou: threshold }) => {
      const all = manyBoxes(seed, 1500);
      const asked = { iou: threshold, maxDetections: 1500, classAgnostic: false };
      expect(nonMaxSuppression(toCandidates(all), asked)).toEqual(suppressGreedily(all, asked));
    }),
    { numRuns: 8 },
  );
});

/** From 2 to 400 pixels, small ones more often, in a picture of 640; one is a hundred pictures away. */
function manyBoxes(seed: number, count: number): TestBox[] {
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
  return Array.from({ length: count }, (_, index): TestBox => {
    const [x, y, size] = [random() * 640, random() * 640, 2 * 200 ** random()];
    const from = index === 0 ? 64_000 : x;
    return {
      xyxy: [from, y, from + size * (0.5 + random()), y + size],
      score: random(),
      classId: Math.floor(random() * 3),
    };
  });
}
