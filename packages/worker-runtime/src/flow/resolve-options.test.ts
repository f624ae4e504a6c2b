import { describe, expect, test } from 'vitest';
import { testRecord } from '../../../../tests/support/exchange.ts';
import { labelOf } from './label-of.ts';
import { resolveOptions } from './resolve-options.ts';

const record = testRecord({
  labels: ['circle', 'class_0', 'square'],
  defaults: { minScore: 0.3, iou: 0.6, maxDetections: 50, classAgnostic: true },
});

describe('options', () => {
  test('that nobody gave are the model’s', () => {
    expect(resolveOptions({}, record)).toEqual(record.defaults);
  });

  test('that are given count, also where they are 0', () => {
    const options = { minScore: 0, iou: 0, maxDetections: 1 };
    expect(resolveOptions(options, record)).toEqual({ ...options, classAgnostic: true });
  });

  test('name classes, and the model counts them', () => {
    expect(resolveOptions({ classes: ['square', 'circle'] }, record).classIds).toEqual([2, 0]);
  });

  test('may ask for a class that has only a number, by the name that it is shown with', () => {
    expect(resolveOptions({ classes: ['class_7'] }, record).classIds).toEqual([7]);
    expect(resolveOptions({ classes: ['class_2'] }, { ...record, labels: [] }).classIds).toEqual([2]);
    // A class that is really called so is meant first.
    expect(resolveOptions({ classes: ['class_0'] }, record).classIds).toEqual([1]);
  });

  test.each(['hexagon', 'class_2', 'class_', 'class_-1', 'class_1e3', 'class_07', 'class_9999999'])(
    'that ask for %s are refused: no class is shown with that name',
    (name) => {
      expect(() => resolveOptions({ classes: [name] }, record)).toThrow(`the model has no class "${name}"`);
    },
  );
});

test('a class past the labels is shown by its number, never an exception', () => {
  expect([0, 2, 3, 79].map((classId) => labelOf(classId, record.labels))).toEqual([
    'circle',
    'square',
    'class_3',
    'class_79',
  ]);
  expect(labelOf(0, [])).toBe('class_0');
});
