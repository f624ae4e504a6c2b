/** The demo models find what they were made to find, through the whole running stack, on scenes they never saw. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askServer } from '../../tools/demo-models/ask-server.ts';
import { evaluateScenes } from '../../tools/demo-models/evaluate-scenes.ts';
import { startStack, type Stack } from '../support/stack.ts';

/** Training used seed 1. */
const seed = 4242;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ models: ['demo-yolo', 'demo-detectron'] });
});
afterAll(() => stack.stop());

test('say which options their graphs have settled inside', async () => {
  const { models } = (await (await fetch(`${stack.url}/v1/models`)).json()) as {
    models: { name: string; fixedOptions?: string[] }[];
  };
  expect(Object.fromEntries(models.map(({ name, fixedOptions }) => [name, fixedOptions]))).toEqual({
    'demo-detectron': ['minScore', 'iou', 'maxDetections', 'classAgnostic'],
    'demo-yolo': undefined,
  });
});

test.each([
  { model: 'demo-yolo', count: 200, precisionMin: 0.95 },
  { model: 'demo-detectron', count: 40, precisionMin: 0.9 },
])('$model: mAP@0.5 on $count scenes', { timeout: 180_000 }, async ({ model, count, precisionMin }) => {
  const { meanAveragePrecision } = await evaluateScenes({ seed, count, detect: askServer(stack.url, model) });
  expect(meanAveragePrecision).toBeGreaterThanOrEqual(precisionMin);
});
