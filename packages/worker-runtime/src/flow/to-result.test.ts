import { resultSchema } from '@shoal/shared/contract';
import { expect, test } from 'vitest';
import { testJob, testRecord } from '../../../../tests/support/exchange.ts';
import { toResult } from './to-result.ts';

const job = testJob({ acceptedAtMs: 1_000 });
const image = { width: 810, height: 1_080 };
const inferred = {
  batchMs: 4.567,
  output: {
    detections: [
      { classId: 1, score: 0.123_456_789, box: { x1: 1.234_56, y1: 2, x2: 3.999_99, y2: 810.000_04 } },
      { classId: 9, score: 0.1, box: { x1: 0, y1: 0, x2: 1, y2: 1 } },
    ],
    inferMs: 17.004_9,
    unpackMs: 0.9,
  },
};
const context = { record: testRecord(), device: 'cpu', now: () => 1_050 };

test('a result is what the contract says: names for numbers, pixels of the picture, and where the time went', () => {
  const result = toResult(job, { takenAtMs: 1_010 }, image, 12.345, inferred, context);
  expect(result).toEqual({
    id: job.id,
    status: 'succeeded',
    task: 'detection',
    model: { name: 'tiny', version: 'v1' },
    device: 'cpu',
    image,
    detections: [
      { label: 'square', classId: 1, score: 0.123_457, box: { x1: 1.2346, y1: 2, x2: 4, y2: 810 } },
      { label: 'class_9', classId: 9, score: 0.1, box: { x1: 0, y1: 0, x2: 1, y2: 1 } },
    ],
    timings: { queueMs: 10, decodeMs: 12.35, batchMs: 4.57, inferMs: 17, unpackMs: 0.9, totalMs: 50 },
  });
  expect(resultSchema.parse(result)).toEqual(result);
});

test('where the clocks of two machines disagree, no time is negative', () => {
  const { timings } = toResult(job, { takenAtMs: 900 }, image, 0, inferred, { ...context, now: () => 950 });
  expect([timings.queueMs, timings.totalMs]).toEqual([0, 0]);
});
