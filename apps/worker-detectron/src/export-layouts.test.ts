import { describe, expect, test } from 'vitest';
import { describeExport, runExport } from './test-export.ts';
import type { TestExport } from './test-export.ts';

const model: TestExport = {
  objects: [
    { shares: [0, 0, 0.5, 0.5], classId: 1, score: 0.5 },
    { shares: [0.5, 0.5, 1, 1], classId: 7, score: 0.75 },
    { shares: [0.25, 0.25, 0.5, 0.75], classId: 0, score: 0.125 },
  ],
};
const picture = { width: 200, height: 100 };
const found = [
  { classId: 7, score: 0.75, box: { x1: 100, y1: 50, x2: 200, y2: 100 } },
  { classId: 1, score: 0.5, box: { x1: 0, y1: 0, x2: 100, y2: 50 } },
];

describe('the outputs of a tracing export', () => {
  test('come back to the pixels of the picture, best first', async () => {
    expect(await runExport(model, picture)).toEqual(found);
  });

  test.each([
    ['masks between them', ['boxes', 'classes', 'masks', 'scores', 'size']],
    ['scores before classes', ['boxes', 'scores', 'classes', 'size']],
    ['the size first', ['size', 'boxes', 'scores', 'classes']],
    ['the scores first', ['scores', 'classes', 'boxes', 'size']],
    ['no size at all', ['boxes', 'classes', 'scores']],
  ] as const)('are told apart with %s', async (_, order) => {
    expect(await runExport({ ...model, order }, picture)).toEqual(found);
  });

  test('are taken where the number of corners is not declared', async () => {
    expect(await runExport({ ...model, boxes: ['n', 'corners'] }, picture)).toEqual(found);
  });

  test('are taken from a graph that reads bytes', async () => {
    expect(await runExport({ ...model, inputType: 'uint8' }, picture)).toEqual(found);
  });

  test('may be empty', async () => {
    expect(await runExport({ objects: [] }, picture)).toEqual([]);
  });

  test('are told apart from the size when exactly two things were found', async () => {
    expect(await runExport({ objects: model.objects.slice(0, 2) }, picture)).toEqual(found);
  });

  test('are limited to the classes and the number asked for', async () => {
    expect(await runExport(model, { ...picture, options: { classIds: [1] } })).toEqual([found[1]]);
    expect(await runExport(model, { ...picture, options: { maxDetections: 1 } })).toEqual([found[0]]);
  });

  test('are not suppressed once more: the graph has done that', async () => {
    const objects = [0.9, 0.8].map((score) => ({ ...model.objects[0]!, score }));
    expect(await runExport({ objects }, picture)).toHaveLength(2);
  });

  test('of a frozen frame lose what lies in its padding', async () => {
    // 200x100 fills the upper half of a square; the second object lies below it.
    const frozen: TestExport = { ...model, input: [3, 64, 64] };
    const expected = { classId: 1, score: 0.5, box: { x1: 0, y1: 0, x2: 100, y2: 100 } };
    expect(await runExport(frozen, picture)).toEqual([expected]);
  });

  test('of several scales are merged, each thing kept once at its best', async () => {
    const scales = [
      { shortEdge: 50, longEdgeMax: 1000 },
      { shortEdge: 80, longEdgeMax: 1000 },
      { shortEdge: 200, longEdgeMax: 1000 },
    ];
    const merged = await runExport(model, { ...picture, manifest: { input: { scales } } });
    expect(merged.map(({ classId }) => classId)).toEqual([7, 1]);
  });
});

test('several scales keep two classes in one place, unless classes do not count', async () => {
  const objects = [
    { shares: [0, 0, 0.5, 0.5], classId: 1, score: 0.5 },
    { shares: [0, 0, 0.5, 0.5], classId: 2, score: 0.75 },
  ] as const;
  const scales = [
    { shortEdge: 50, longEdgeMax: 1000 },
    { shortEdge: 100, longEdgeMax: 1000 },
  ];
  const classes = async (classAgnostic: boolean) => {
    const run = { ...picture, manifest: { input: { scales } }, options: { classAgnostic } };
    return (await runExport({ objects }, run)).map(({ classId }) => classId);
  };
  expect(await classes(false)).toEqual([2, 1]);
  expect(await classes(true)).toEqual([2]);
});

describe('the plan', () => {
  test("has Detectron2's own sizes where nobody says", async () => {
    const plan = await describeExport(model);
    expect(plan.resize).toEqual({ fit: 'shortest-edge', scales: [{ shortEdge: 800, longEdgeMax: 1333 }] });
    expect(plan).toMatchObject({ maxBatch: 1, channels: 'bgr', labels: [] });
  });

  test('has the sizes and channels of the manifest', async () => {
    const input = { fit: 'shortest-edge', shortEdge: 256, longEdgeMax: 427, channels: 'rgb' };
    const plan = await describeExport(model, { input, maxBatch: 8, labels: ['only one'] });
    expect(plan.resize).toEqual({ fit: 'shortest-edge', scales: [{ shortEdge: 256, longEdgeMax: 427 }] });
    expect(plan).toMatchObject({ maxBatch: 1, channels: 'rgb', labels: ['only one'] });
  });

  test('has the frame of a frozen file, which the manifest may repeat', async () => {
    const frozen: TestExport = { ...model, input: [3, 256, 320] };
    const frame = { fit: 'inside', width: 320, height: 256, padValue: 0 };
    expect((await describeExport(frozen)).resize).toEqual(frame);
    const input = { width: 320, height: 256, shortEdge: 256, longEdgeMax: 320 };
    expect((await describeExport(frozen, { input })).resize).toEqual(frame);
  });

  test('asks the session for three outputs and not for masks', async () => {
    const order = ['boxes', 'classes', 'masks', 'scores', 'size'] as const;
    expect((await describeExport({ ...model, order })).outputs).toEqual(['value.1', '1042', 'value']);
  });
});

test('the graph has settled its options, but for how several scales are merged', async () => {
  const { fixedOptions } = await describeExport(model);
  expect(fixedOptions).toEqual(['minScore', 'iou', 'maxDetections', 'classAgnostic']);
  const scales = [
    { shortEdge: 50, longEdgeMax: 1000 },
    { shortEdge: 100, longEdgeMax: 1000 },
  ];
  const merged = await describeExport(model, { input: { scales } });
  expect(merged.fixedOptions).toEqual(['minScore', 'maxDetections']);
});

describe('what does not fit is refused with both values', () => {
  const frozen: TestExport = { ...model, input: [3, 256, 320] };
  test.each([
    ['another width', frozen, { width: 300 }, /input\.width is 300 .* 320x256/],
    ['another height', frozen, { height: 300 }, /input\.height is 300 .* 320x256/],
    ['another short edge', frozen, { shortEdge: 800 }, /input\.shortEdge is 800 .* 320x256/],
    ['a long edge that is too short', frozen, { longEdgeMax: 300 }, /input\.longEdgeMax is 300 .* 320x256/],
    [
      'scales',
      frozen,
      { scales: [{ shortEdge: 256, longEdgeMax: 320 }] },
      /input\.scales lists 1 .* 320x256/,
    ],
    ['a fit of another family', model, { fit: 'letterbox' }, /letterbox .* shortest-edge/],
    ['a width where the file has none', model, { width: 640 }, /input\.width is 640 .* free/],
    ['sizes', model, { sizes: [{ width: 1, height: 1 }] }, /input\.sizes has no meaning/],
    ['a stride', model, { stride: 32 }, /input\.stride has no meaning/],
    [
      'scales and a short edge',
      model,
      { shortEdge: 1, scales: [{ shortEdge: 1, longEdgeMax: 2 }] },
      /say the same thing twice/,
    ],
  ])('a manifest with %s', async (_, file, input, sentence) => {
    await expect(describeExport(file, { input })).rejects.toThrow(sentence);
  });

  test('a file with one side frozen', async () => {
    await expect(describeExport({ ...model, input: [3, 256, 'w'] })).rejects.toThrow(
      /both free or both frozen, .*anyx256/,
    );
  });

  test('a file without scores', async () => {
    await expect(describeExport({ ...model, order: ['boxes', 'classes', 'size'] })).rejects.toThrow(
      /expected outputs boxes .* found value\.1 float32 \[3, 4\], 1042 int64 \[3\], 1234 int64 \[2\]/,
    );
  });
});
