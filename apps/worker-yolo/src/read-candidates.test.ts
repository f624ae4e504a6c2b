/** What is read by bits, four at a time, or decoded in passing, is held against a walk that looks at every number. */
import { decodeFloat16, floatValues, toFloat16Bits } from '@shoal/vision';
import type { Candidates } from '@shoal/vision';
import type { DetectionOptions } from '@shoal/worker-runtime/adapter';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readColumns, readEndToEnd, readRows } from './read-candidates.ts';

interface Found {
  readonly classId: number;
  readonly score: number;
  readonly xyxy: readonly number[];
}

const listOf = ({ count, classIds, scores, xyxy }: Candidates): Found[] =>
  Array.from({ length: count }, (_, index) => ({
    classId: classIds[index]!,
    score: scores[index]!,
    xyxy: [...xyxy.subarray(index * 4, index * 4 + 4)],
  }));

/** `objectness` is 1 for layouts without. */
function candidateOf(
  [x, y, width, height]: readonly number[],
  objectness: number,
  scores: readonly number[],
  { minScore, classIds }: DetectionOptions,
): Found[] {
  const classId = scores.reduce((best, score, index) => (score > scores[best]! ? index : best), 0);
  const score = objectness * scores[classId]!;
  const isWanted = objectness >= minScore && score >= minScore && (classIds?.includes(classId) ?? true);
  const box = [x! - width! / 2, y! - height! / 2, x! + width! / 2, y! + height! / 2];
  return isWanted ? [{ classId, score: Math.min(score, 1), xyxy: box }] : [];
}

const score = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
  { weight: 3, arbitrary: fc.constantFrom(0, -0, 0.25, 0.5, 1, 1.0005, -0.5) },
  { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity) },
);
const outputs = fc.integer({ min: 1, max: 9 }).chain((classes) =>
  fc.array(
    fc.record({
      box: fc.tuple(...([0, 1, 2, 3] as const).map(() => fc.double({ min: -50, max: 700, noNaN: true }))),
      objectness: score,
      scores: fc.array(score, { minLength: classes, maxLength: classes }),
    }),
    { minLength: 1, maxLength: 30 },
  ),
);
const options = fc.record(
  {
    minScore: fc.oneof(fc.constantFrom(0, 0.001, 0.25, 0.5, 1), fc.double({ min: 0, max: 1, noNaN: true })),
    classIds: fc.array(fc.integer({ min: 0, max: 8 })),
    iou: fc.constant(0.45),
    maxDetections: fc.constant(300),
    classAgnostic: fc.constant(false),
  },
  { requiredKeys: ['minScore', 'iou', 'maxDetections', 'classAgnostic'] },
);

describe.each([
  {
    type: 'float32',
    encode: (values: readonly number[]) => Float32Array.from(values),
    decode: (values: readonly number[]) => [...Float32Array.from(values)],
  },
  {
    type: 'float16',
    encode: (values: readonly number[]) => Uint16Array.from(values, toFloat16Bits),
    decode: (values: readonly number[]) => [...decodeFloat16(Uint16Array.from(values, toFloat16Bits))],
  },
])('of $type', ({ encode, decode }) => {
  test('rows give what every row says', () => {
    fc.assert(
      fc.property(outputs, options, (rows, asked) => {
        const values = rows.flatMap(({ box, objectness, scores }) => [...box, objectness, ...scores]);
        const columns = values.length / rows.length;
        const expected = rows.flatMap(({ box, objectness, scores }) =>
          candidateOf(decode(box), decode([objectness])[0]!, decode(scores), asked),
        );
        expect(listOf(readRows(floatValues(encode(values)), rows.length, columns, asked))).toEqual(expected);
      }),
    );
  });

  test('columns give what every column says', () => {
    fc.assert(
      fc.property(outputs, options, (anchors, asked) => {
        const rows = anchors.map(({ box, scores }) => [...box, ...scores]);
        const columns = rows[0]!.length;
        const values = Array.from({ length: columns }, (_, column) => rows.map((row) => row[column]!));
        const expected = anchors.flatMap(({ box, scores }) =>
          candidateOf(decode(box), 1, decode(scores), asked),
        );
        const found = readColumns(floatValues(encode(values.flat())), columns, rows.length, asked);
        expect(listOf(found)).toEqual(expected);
      }),
    );
  });
});

const asked = { minScore: 0.25, iou: 0.45, maxDetections: 300, classAgnostic: false };

test('two negative numbers are no score', () => {
  const row = Float32Array.of(10, 10, 4, 4, -0.5, -0.5);
  expect(listOf(readRows(floatValues(row), 1, 6, { ...asked, minScore: 0 }))).toEqual([]);
});

test('of an end-to-end list, places of no class are not results', () => {
  const list = [
    [1, 2, 3, 4, 0.75, 2],
    [1, 2, 3, 4, 0.75, -1],
    [1, 2, 3, 4, 0.75, NaN],
    [0, 0, 0, 0, 0, 0],
  ];
  const found = readEndToEnd(floatValues(Float32Array.from(list.flat())), list.length, 6, asked);
  expect(listOf(found)).toEqual([{ classId: 2, score: 0.75, xyxy: [1, 2, 3, 4] }]);
});

test('thousands of candidates are all kept', () => {
  const rows = Array.from({ length: 3000 }, (_, index) => {
    const classId = index % 3;
    const scores = [0, 1, 2].map((column) => (column === classId ? 0.5 + index / 8192 : 0.25));
    return { numbers: [index, index, 2, 2, 1, ...scores], classId, score: scores[classId]! };
  });
  const values = floatValues(Float32Array.from(rows.flatMap(({ numbers }) => numbers)));
  expect(listOf(readRows(values, rows.length, 8, asked))).toEqual(
    rows.map(({ classId, score: expected }, at) => ({
      classId,
      score: expected,
      xyxy: [at - 1, at - 1, at + 1, at + 1],
    })),
  );
});
