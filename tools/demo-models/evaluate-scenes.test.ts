import { expect, test } from 'vitest';
import { evaluateScenes } from './evaluate-scenes.ts';
import type { Detect } from './evaluate-scenes.ts';
import { drawScene } from './scenes.ts';

const SERIES = { seed: 31, count: 5 };

/** Answers with the truth of each scene in turn, as `alter` leaves it. */
const oracle = (alter: (classId: number) => number): Detect => {
  let index = 0;
  return async () => {
    const { objects } = drawScene(SERIES.seed, index);
    index += 1;
    return objects.map(({ classId, boxXyxy }) => ({ classId: alter(classId), boxXyxy, score: 0.9 }));
  };
};

test('a detector that knows the truth reaches one in every class', async () => {
  const { classes, meanAveragePrecision } = await evaluateScenes({
    ...SERIES,
    detect: oracle((classId) => classId),
  });
  expect(meanAveragePrecision).toBe(1);
  expect(classes.map(({ label, averagePrecision }) => [label, averagePrecision])).toEqual([
    ['circle', 1],
    ['square', 1],
    ['triangle', 1],
  ]);
});

test('a detector that finds everything and names it wrongly reaches nothing', async () => {
  const { meanAveragePrecision } = await evaluateScenes({
    ...SERIES,
    detect: oracle((classId) => (classId + 1) % 3),
  });
  expect(meanAveragePrecision).toBe(0);
});

test('a detector sees the pictures and not their truths', async () => {
  const seen: string[][] = [];
  await evaluateScenes({
    ...SERIES,
    detect: async (picture) => {
      seen.push(Object.keys(picture).sort());
      return [];
    },
  });
  expect(seen).toEqual(Array.from({ length: SERIES.count }, () => ['height', 'rgb', 'width']));
});
