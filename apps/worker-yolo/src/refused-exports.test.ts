import { describe, expect, test } from 'vitest';
import { describeExport } from './test-export.ts';
import type { TestExport } from './test-export.ts';

const labels = (count: number): string[] => Array.from({ length: count }, (_, index) => `name${index}`);

const rows: TestExport = { layout: 'rows', classes: 3, anchors: 252, input: [1, 3, 64, 64], objects: [] };
const columns: TestExport = { ...rows, layout: 'columns', anchors: 84 };

describe('what is not detection is refused by its name', () => {
  const three = { labels: labels(3) };

  test.each([
    ['segment', /segmentation/],
    ['pose', /pose estimation/],
    ['obb', /oriented boxes/],
    ['classify', /classification/],
    ['constructor', /task is "constructor"/],
  ])('a task %s in the metadata', async (task, sentence) => {
    await expect(describeExport({ ...columns, metadata: { task } }, three)).rejects.toThrow(sentence);
  });

  test('mask prototypes beside the boxes', async () => {
    const otherOutputs = [{ name: 'output1', shape: [1, 32, 16, 16] }];
    await expect(describeExport({ ...columns, classes: 35, otherOutputs })).rejects.toThrow(
      /segmentation export \(its output output1/,
    );
  });

  test.each([
    [
      'mask coefficients',
      { ...columns, classes: 3 + 32 },
      /labels are 3, .* has 39 columns.*segmentation export/,
    ],
    [
      'mask coefficients in rows',
      { ...rows, classes: 3 + 32 },
      /labels are 3, .* has 40 columns.*segmentation export/,
    ],
    [
      'keypoints',
      { ...columns, classes: 3 + 51, anchors: 100 },
      /labels are 3, .* has 58 columns.*pose export/,
    ],
    ['an angle', { ...columns, classes: 3 + 1 }, /labels are 3, .* has 8 columns.*oriented boxes/],
  ] as const)('%s in columns of their own', async (_, model, sentence) => {
    await expect(describeExport(model, three)).rejects.toThrow(sentence);
  });

  test('labels that are more or fewer than the classes of the file', async () => {
    await expect(describeExport(rows, { labels: labels(4) })).rejects.toThrow(
      /the labels are 4, but the file's output has 8 columns, which is 3 classes/,
    );
    await expect(describeExport(columns, { labels: labels(5) })).rejects.toThrow(
      /the labels are 5, but the file's output has 7 columns, which is 3 classes/,
    );
    // One label too few looks like an angle column, so both are said.
    await expect(describeExport(columns, { labels: labels(2) })).rejects.toThrow(
      /the labels are 2, but the file's output has 7 columns, which is 3 classes .*oriented boxes/,
    );
    // Unless the file says that it is not.
    const detection = { ...columns, metadata: { task: 'detect' } };
    await expect(describeExport(detection, { labels: labels(2) })).rejects.not.toThrow(/oriented/);
  });
});
