import { describe, expect, test } from 'vitest';
import { describeExport, runExport } from './test-export.ts';
import type { TestExport } from './test-export.ts';
import { layoutOf } from './yolo-plan.ts';

const white = { brightness: 1 };
const labels = (count: number): string[] => Array.from({ length: count }, (_, index) => `name${index}`);
const names = (count: number): string =>
  `{${labels(count)
    .map((name, index) => `${index}: '${name}'`)
    .join(', ')}}`;

const rows: TestExport = {
  layout: 'rows',
  classes: 3,
  anchors: 252,
  input: [1, 3, 64, 64],
  objects: [
    { xyxy: [8, 8, 24, 40], classId: 2, score: 0.75 },
    { xyxy: [9, 8, 25, 40], classId: 2, score: 0.5 },
    { xyxy: [9, 9, 25, 40], classId: 0, score: 0.625 },
    { xyxy: [40, 40, 60, 60], classId: 1, score: 0.875 },
  ],
};
const columns: TestExport = { ...rows, layout: 'columns', anchors: 84 };
const endToEnd: TestExport = { ...rows, layout: 'end-to-end', anchors: 30 };

const kept = [
  { classId: 1, score: 0.875, box: { x1: 40, y1: 40, x2: 60, y2: 60 } },
  { classId: 2, score: 0.75, box: { x1: 8, y1: 8, x2: 24, y2: 40 } },
  { classId: 0, score: 0.625, box: { x1: 9, y1: 9, x2: 25, y2: 40 } },
];
const keptEndToEnd = [...kept, { classId: 2, score: 0.5, box: { x1: 9, y1: 8, x2: 25, y2: 40 } }];

const layoutSeenIn = async (
  model: TestExport,
  manifest: Readonly<Record<string, unknown>>,
): Promise<unknown> => layoutOf(await describeExport(model, manifest)).outputLayout;

describe.each([
  { layout: 'rows of YOLOv5', model: rows, expected: kept },
  { layout: 'columns of YOLOv8', model: columns, expected: kept },
  { layout: 'end-to-end, where the graph has suppressed already', model: endToEnd, expected: keptEndToEnd },
])('$layout', ({ model, expected }) => {
  const manifest = { labels: labels(3) };

  test('are found by the labels of the manifest', async () => {
    expect(await runExport(model, { manifest, pictures: [white] })).toEqual([expected]);
  });

  test('are found by the names in the file', async () => {
    const named = { ...model, metadata: { names: names(3), stride: '32' } };
    expect(await runExport(named, { pictures: [white] })).toEqual([expected]);
  });

  test('are found without any names, by their length', async () => {
    expect(await runExport(model, { pictures: [white] })).toEqual([expected]);
  });

  test('are found where every axis is free, once the first output shows its own', async () => {
    const free: TestExport = {
      ...model,
      input: ['batch', 3, 'height', 'width'],
      output: ['batch', 'a', 'b'],
    };
    expect(await layoutSeenIn(free, manifest)).toBeNull();
    const input = { width: 64, height: 64 };
    expect(await runExport(free, { manifest: { ...manifest, input }, pictures: [white, white] })).toEqual([
      expected,
      expected,
    ]);
  });

  test('come back from half precision, in and out', async () => {
    const half: TestExport = { ...model, inputType: 'float16', outputType: 'float16' };
    expect(await runExport(half, { manifest, pictures: [white] })).toEqual([expected]);
  });

  test('belong to the right picture of a frozen batch, whose empty places are ignored', async () => {
    const four: TestExport = { ...model, input: [4, 3, 64, 64] };
    const brightness = [1, 0, 0.8, 0.6, 0.4, 1];
    const found = await runExport(four, {
      manifest,
      pictures: brightness.map((value) => ({ brightness: value })),
    });
    expect(found.map(([best]) => best?.score ?? 0)).toEqual(
      brightness.map((value) => expect.closeTo(value * 0.875, 3)),
    );
  });

  test('belong to the right picture where the batch is free', async () => {
    const free: TestExport = { ...model, input: ['batch', 3, 64, 64] };
    const brightness = [0.4, 1, 0, 0.6];
    const found = await runExport(free, {
      manifest: { ...manifest, maxBatch: 3 },
      pictures: brightness.map((value) => ({ brightness: value })),
    });
    expect(found.map(([best]) => best?.score ?? 0)).toEqual(
      brightness.map((value) => expect.closeTo(value * 0.875, 3)),
    );
  });

  test('are scaled back to the picture and clipped to it', async () => {
    const wide = { brightness: 1, width: 128, height: 64 };
    const [found = []] = await runExport(model, { manifest, pictures: [wide] });
    // The picture fills the rows 16 to 48 of the frame, at half its size.
    expect(found[0]).toEqual({ classId: 1, score: 0.875, box: { x1: 80, y1: 48, x2: 120, y2: 64 } });
    expect(found[1]).toEqual({ classId: 2, score: 0.75, box: { x1: 16, y1: 0, x2: 48, y2: 48 } });
  });

  test('only classes that were asked for are reported', async () => {
    const [found] = await runExport(model, { manifest, pictures: [white], options: { classIds: [0] } });
    expect(found).toEqual([expected.find(({ classId }) => classId === 0)]);
  });
});

test('what lies in the padding only is not reported', async () => {
  const [found] = await runExport(
    { ...rows, objects: [{ xyxy: [8, 0, 24, 15], classId: 0, score: 0.75 }] },
    { pictures: [{ brightness: 1, width: 128, height: 64 }] },
  );
  expect(found).toEqual([]);
});

test.each([
  ['all that a frozen batch holds', 4, undefined, 4],
  ['no more than a frozen batch holds', 4, 8, 4],
  ['fewer where the manifest says so', 4, 2, 2],
  ['as many as the manifest says where the batch is free', 'batch', 32, 32],
  ['a handful where nobody says', 'batch', undefined, 8],
] as const)('a run takes %s', async (_, batch, maxBatch, expected) => {
  const plan = await describeExport({ ...rows, input: [batch, 3, 64, 64] }, { maxBatch });
  expect(plan.maxBatch).toBe(expected);
});

test('class-agnostic suppression lets the best class of a place win', async () => {
  const [found] = await runExport(rows, { pictures: [white], options: { classAgnostic: true } });
  expect(found).toEqual(kept.slice(0, 2));
});

test('several hundred classes are read', async () => {
  const object = { xyxy: [8, 8, 24, 40], classId: 690, score: 0.5 } as const;
  for (const layout of ['rows', 'columns'] as const) {
    const model: TestExport = { ...rows, layout, classes: 691, anchors: 1008, objects: [object] };
    const [found] = await runExport(model, { manifest: { labels: labels(691) }, pictures: [white] });
    expect(found).toEqual([{ classId: 690, score: 0.5, box: { x1: 8, y1: 8, x2: 24, y2: 40 } }]);
  }
});

test('the raw heads of old YOLOv5 exports are passed over, wherever they stand', async () => {
  const old: TestExport = {
    ...rows,
    outputName: 'output',
    otherOutputs: [8, 4, 2].map((cells, index) => ({
      name: `${350 + index}`,
      shape: [1, 3, cells, cells, 8],
    })),
  };
  expect(await runExport(old, { manifest: { labels: labels(3) }, pictures: [white] })).toEqual([kept]);
});

test('one class in six columns is told from end-to-end by the number of rows', async () => {
  const object = { xyxy: [8, 8, 24, 40], classId: 0, score: 0.75 } as const;
  const one = { ...rows, classes: 1, objects: [object] };
  const expected = [[{ classId: 0, score: 0.75, box: { x1: 8, y1: 8, x2: 24, y2: 40 } }]];
  const run = { manifest: { labels: ['only'] }, pictures: [white] };
  expect(await runExport(one, run)).toEqual(expected);
  expect(await runExport({ ...endToEnd, classes: 1, objects: [object] }, run)).toEqual(expected);
});

test('a small view of a big frame has few rows of one class, and is not taken for end-to-end', async () => {
  const object = { xyxy: [8, 8, 24, 24], classId: 0, score: 0.75 } as const;
  const model: TestExport = {
    ...rows,
    classes: 1,
    anchors: 504,
    objects: [object],
    input: ['n', 3, 'h', 'w'],
    output: ['n', 'a', 'c'],
  };
  const found = await runExport(model, {
    manifest: { labels: ['only'], input: { fit: 'letterbox-min', width: 256, height: 256 } },
    pictures: [{ brightness: 1, width: 256, height: 32 }],
  });
  expect(found).toEqual([[{ classId: 0, score: 0.75, box: { x1: 8, y1: 8, x2: 24, y2: 24 } }]]);
});

test.each([
  ['Ultralytics says end2end', { end2end: 'True' }],
  ['Ultralytics exported with nms', { end2end: 'False', args: "{'batch': 1, 'nms': True}" }],
])('six columns are end-to-end where %s, whatever their number', async (_, metadata) => {
  const model: TestExport = { ...endToEnd, anchors: 252, classes: 1, metadata };
  const [found] = await runExport(model, { manifest: { labels: ['only'] }, pictures: [white] });
  expect(found).toEqual(keptEndToEnd);
});
