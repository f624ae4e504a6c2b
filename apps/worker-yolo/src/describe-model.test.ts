import { testManifest } from '@shoal/worker-runtime/testing';
import type { ModelIo, TensorInfo } from '@shoal/worker-runtime/adapter';
import { describe, expect, test } from 'vitest';
import { describeModel } from './describe-model.ts';
import { layoutOf } from './yolo-plan.ts';

const tensor = (name: string, shape: TensorInfo['shape'], type = 'float32'): TensorInfo => ({
  name,
  type,
  shape,
});
const io = (changes: Partial<ModelIo> = {}): ModelIo => ({
  inputs: [tensor('images', [1, 3, 640, 640])],
  outputs: [tensor('output0', [1, 25200, 85])],
  metadata: {},
  ...changes,
});

describe('the output that holds the boxes', () => {
  test('is the one of the usual name, where several have three axes', () => {
    const outputs = [tensor('aux', [1, 25200, 9]), tensor('output', [1, 25200, 85]), tensor('b', [1, 1, 1])];
    const plan = describeModel(io({ outputs }), testManifest());
    expect(plan.outputs).toEqual(['output']);
    expect(layoutOf(plan).output).toBe('output');
  });

  test('is the only one of three axes, whatever its name', () => {
    const outputs = [tensor('402', [1, 3, 80, 80, 85]), tensor('1177', [1, 25200, 85])];
    expect(describeModel(io({ outputs }), testManifest()).outputs).toEqual(['1177']);
  });

  test.each([
    [
      'several without a usual name',
      [tensor('a', [1, 9, 9]), tensor('b', [1, 9, 9])],
      /expected one output .* found a .*, b /,
    ],
    ['integers only', [tensor('num_dets', [1, 1, 1], 'int32')], /found num_dets int32 \[1, 1, 1\]/],
    ['raw heads only', [tensor('402', [1, 3, 80, 80, 85])], /found 402 float32 \[1, 3, 80, 80, 85\]/],
  ] as const)('is not guessed among %s', (_, outputs, sentence) => {
    expect(() => describeModel(io({ outputs }), testManifest())).toThrow(sentence);
  });
});

describe('an input of another layout is refused with what was found', () => {
  test.each([
    ['channels last', tensor('images', [1, 640, 640, 3])],
    ['a picture without a batch', tensor('images', [3, 640, 640])],
    ['one channel', tensor('images', [1, 1, 640, 640])],
    ['bytes', tensor('images', [1, 3, 640, 640], 'uint8')],
  ])('%s', (_, input) => {
    const found = `found images ${input.type} [${input.shape.join(', ')}]`;
    expect(() => describeModel(io({ inputs: [input] }), testManifest())).toThrow(found);
  });

  test('two inputs', () => {
    const inputs = [tensor('images', [1, 3, 640, 640]), tensor('orig_size', [1, 2])];
    expect(() => describeModel(io({ inputs }), testManifest())).toThrow(
      /found 2 inputs: images .*, orig_size /,
    );
  });
});

describe('labels', () => {
  const names = "{0: 'circle', 1: 'square', 2: 'triangle'}";
  const outputs = [tensor('output0', [1, 6300, 8])];

  test('are those of the file', () => {
    const plan = describeModel(io({ outputs, metadata: { names } }), testManifest());
    expect(plan.labels).toEqual(['circle', 'square', 'triangle']);
  });

  test('are those of the manifest where it has some', () => {
    const plan = describeModel(
      io({ outputs, metadata: { names } }),
      testManifest({ labels: ['a', 'b', 'c'] }),
    );
    expect(plan.labels).toEqual(['a', 'b', 'c']);
  });

  test('of the manifest make names that cannot be read in the file harmless', () => {
    const metadata = { names: 'not a dict' };
    expect(
      describeModel(io({ outputs, metadata }), testManifest({ labels: ['a', 'b', 'c'] })).labels,
    ).toHaveLength(3);
    expect(() => describeModel(io({ outputs, metadata }), testManifest())).toThrow(/names cannot be read/);
  });

  test('that are still the name of a file are a bug, and said to be', () => {
    expect(() => describeModel(io(), testManifest({ labels: 'labels.txt' }))).toThrow(
      /labels\.txt was not read/,
    );
  });
});

test('colours are RGB unless the manifest says otherwise', () => {
  expect(describeModel(io(), testManifest()).channels).toBe('rgb');
  expect(describeModel(io(), testManifest({ input: { channels: 'bgr' } })).channels).toBe('bgr');
});

test('RT-DETR, whose boxes mean something else, is refused by its name', () => {
  const metadata = { description: 'Ultralytics RT-DETR-l model trained on coco.yaml' };
  expect(() => describeModel(io({ metadata }), testManifest())).toThrow(/RT-DETR/);
});

const settled = (shape: TensorInfo['shape'], metadata: ModelIo['metadata'] = {}) => {
  const { fixedOptions, classCount } = describeModel(
    io({ outputs: [tensor('output0', shape)], metadata }),
    testManifest(),
  );
  return { fixedOptions, classCount };
};

describe('what the graph has settled inside', () => {
  test('is nothing where candidates come out, and the head says how many classes it has', () => {
    expect(settled([1, 25200, 85])).toEqual({ fixedOptions: undefined, classCount: 80 });
    expect(settled([1, 84, 8400])).toEqual({ fixedOptions: undefined, classCount: 80 });
    expect(settled([1, 'anchors', 'columns'])).toEqual({ fixedOptions: undefined, classCount: undefined });
  });

  test('is the suppression of an end-to-end head, and with `nms` a lowest score as well', () => {
    const fixedOptions = ['iou', 'maxDetections', 'classAgnostic'];
    expect(settled([1, 300, 6], { end2end: 'True' })).toEqual({ fixedOptions, classCount: undefined });
    expect(settled([1, 300, 6], { args: "{'nms': True}" }).fixedOptions).toEqual([
      'minScore',
      ...fixedOptions,
    ]);
  });
});
