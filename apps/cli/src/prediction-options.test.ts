import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import type { ModelStatus } from '@shoal/client';
import {
  fixedOptionWarnings,
  requestOptionsOf,
  withPredictionOptions,
  type PredictionWords,
} from './prediction-options.ts';

function parse(words: string): PredictionWords {
  const command = withPredictionOptions(new Command('test').exitOverride());
  command.configureOutput({ writeErr: () => {} });
  return command.parse(words.split(' ').filter(Boolean), { from: 'user' }).opts<PredictionWords>();
}

describe('the options of a prediction', () => {
  test('are sent as they were given, and not at all where they were not', () => {
    expect(requestOptionsOf(parse(''))).toEqual({});
    expect(
      requestOptionsOf(
        parse('-m reef --min-score .5 --iou 1 --max-detections 7 --classes a,b --allow-truncated'),
      ),
    ).toEqual({ minScore: 0.5, iou: 1, maxDetections: 7, classes: ['a', 'b'], allowTruncated: true });
  });

  test.each(['--min-score 1.5', '--iou -1', '--min-score x', '--max-detections 0', '--classes a,,b'])(
    '%s is refused',
    (words) => {
      expect(() => parse(words)).toThrow(/Expected|argument/);
    },
  );
});

test('what a model has settled inside is told where it was asked for, and only there', () => {
  const model = { name: 'd2', fixedOptions: ['minScore', 'iou'] } as unknown as ModelStatus;
  expect(fixedOptionWarnings(model, {})).toEqual([]);
  expect(fixedOptionWarnings(model, { maxDetections: 3 })).toEqual([]);
  expect(fixedOptionWarnings(model, { iou: 0.3, minScore: 0.1 })).toHaveLength(2);
  expect(fixedOptionWarnings(model, { iou: 0.3 })[0]).toContain('--iou changes nothing');
});
