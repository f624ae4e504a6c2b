import { afterEach, describe, expect, test } from 'vitest';
import type { Detection, ModelAdapter, ModelPlan, Tensors } from '../adapter.ts';
import type { OnnxGraph, OnnxNode } from '../testing/onnx-file.ts';
import { testModelPath } from '../testing/test-model.ts';
import { chooseBatching, numbersUpTo, warmSizes, type LoadedModel } from './choose-batching.ts';
import type { Device } from './inference-protocol.ts';
import { openSession, type Session } from './session.ts';

const sessions: Session[] = [];
afterEach(() => Promise.all(sessions.splice(0).map((session) => session.release())));

const axis = 'n';
const passesOn: readonly OnnxNode[] = [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }];
/** Each picture less the mean of the batch: nothing of it is left when it is alone. */
const mixesUp: readonly OnnxNode[] = [
  { op: 'ReduceMean', inputs: ['x'], outputs: ['mean'], attributes: { axes: [0], keepdims: 1 } },
  { op: 'Sub', inputs: ['x', 'mean'], outputs: ['y'] },
];

interface ModelOptions {
  readonly nodes?: readonly OnnxNode[];
  readonly batch?: number | string;
  readonly device?: Device;
  readonly maxBatch?: number;
  readonly resize?: ModelPlan['resize'];
  readonly shape?: OnnxGraph['inputs'][number]['shape'];
  readonly unpack?: ModelAdapter['unpack'];
  /** What a run of so many pictures throws. */
  readonly fault?: (pictures: number) => string | undefined;
}

/** A real graph in the real runtime: three bytes of each picture go in. It notes the shape of every run. */
async function load({
  nodes = passesOn,
  batch = axis,
  device = 'cuda:0',
  maxBatch = 8,
  resize = { fit: 'inside', width: 4, height: 4, padValue: 0 },
  shape = [batch, 3],
  unpack = detectBrightness,
  fault,
}: ModelOptions = {}) {
  const path = testModelPath({
    inputs: [{ name: 'x', type: 'float32', shape }],
    outputs: [{ name: 'y', type: 'float32', shape }],
    nodes,
  });
  const session = await openSession(path, { device: 'cpu', intraOpThreads: 1 });
  sessions.push(session);
  const runs: string[] = [];
  const plan: ModelPlan = {
    labels: [],
    resize,
    maxBatch,
    channels: 'rgb',
    outputs: ['y'],
    layout: null,
  };
  const adapter: ModelAdapter = {
    family: 'test',
    describe: () => plan,
    pack(images) {
      const { width, height } = images[0]!;
      const count = typeof batch === 'number' ? batch : images.length;
      const data = new Float32Array(3 * count);
      for (const [index, image] of images.entries()) data.set(image.data.subarray(0, 3), 3 * index);
      runs.push(`${count} of ${width}x${height}`);
      return { x: { type: 'float32', data, dims: shape.length === 1 ? [3 * count] : [count, 3] } };
    },
    unpack,
  };
  const model: LoadedModel = {
    adapter,
    plan,
    device,
    session: {
      io: session.io,
      async run(feeds, outputs) {
        const message = fault?.(Number(/^\d+/.exec(runs.at(-1)!)![0]));
        if (message !== undefined) throw new Error(message);
        return session.run(feeds, outputs);
      },
    },
  };
  return { model, runs };
}

/** One box a picture, whose score is what came out for it. */
function detectBrightness(
  { y }: Tensors,
  items: Parameters<ModelAdapter['unpack']>[1],
): readonly (readonly Detection[])[] {
  return items.map((_, index) => [
    {
      classId: 0,
      score: Number(y!.data[3 * index]) / 255,
      box: { x1: 0, y1: 0, x2: 1, y2: 1 },
    },
  ]);
}

test('the numbers of pictures are the powers of two, and the most there may be', () => {
  expect([1, 2, 6, 8].map(numbersUpTo)).toEqual([[1], [1, 2], [1, 2, 4, 6], [1, 2, 4, 8]]);
});

describe('on a GPU', () => {
  test('as many pictures as the model takes come together, in numbers that are all warm', async () => {
    const { model, runs } = await load();
    expect(await chooseBatching(model, undefined)).toEqual({ max: 8, sizes: [1, 2, 4, 8], notes: [] });
    expect(new Set(runs)).toEqual(new Set(['1 of 4x4', '2 of 4x4', '4 of 4x4', '8 of 4x4']));
  });

  test('no more than the operator has set', async () => {
    const { model } = await load();
    expect(await chooseBatching(model, 3)).toEqual({ max: 3, sizes: [1, 2, 3], notes: [] });
    expect(await chooseBatching(model, 100)).toMatchObject({ max: 8 });
  });

  test('every usual shape is warm where the input follows the picture', async () => {
    const sizes = [{ width: 256, height: 256 }];
    const { model, runs } = await load({
      maxBatch: 2,
      resize: { fit: 'letterbox-min', sizes, stride: 32, padValue: 0 },
    });
    await warmSizes(model, [1, 2]);
    expect(new Set(runs)).toEqual(
      new Set(
        ['256x192', '192x256', '256x160', '160x256', '256x256'].flatMap((shape) => [
          `1 of ${shape}`,
          `2 of ${shape}`,
        ]),
      ),
    );
  });

  test('a number of pictures that memory does not hold is dropped, and so are those above it', async () => {
    const { model, runs } = await load({
      maxBatch: 16,
      fault: (pictures) =>
        pictures > 4 ? 'BFCArena: Failed to allocate memory for requested buffer of size 9' : undefined,
    });
    expect(await chooseBatching(model, undefined)).toEqual({
      max: 4,
      sizes: [1, 2, 4],
      notes: ['a batch of 8 does not fit into memory: there are at most 4 in one'],
    });
    expect(runs.some((run) => run.startsWith('16 '))).toBe(false);
  });
});

describe('on a CPU', () => {
  test('every picture is computed by itself, and nothing is tried', async () => {
    const { model, runs } = await load({ device: 'cpu' });
    expect(await chooseBatching(model, undefined)).toEqual({ max: 1, sizes: [], notes: [] });
    expect(runs).toEqual([]);
  });

  test('as many come together as the operator has set, in any number', async () => {
    const { model } = await load({ device: 'cpu' });
    expect(await chooseBatching(model, 4)).toEqual({ max: 4, sizes: [], notes: [] });
  });

  test('a batch that is frozen in the file is filled', async () => {
    const { model, runs } = await load({ device: 'cpu', batch: 4, maxBatch: 4 });
    expect(await chooseBatching(model, undefined)).toEqual({ max: 4, sizes: [], notes: [] });
    expect(new Set(runs)).toEqual(new Set(['4 of 4x4']));
  });
});

describe('batching is off', () => {
  test('where pictures of one batch are mixed up, with the largest difference', async () => {
    const { model } = await load({ nodes: mixesUp });
    const { max, sizes, notes } = await chooseBatching(model, undefined);
    expect({ max, sizes }).toEqual({ max: 1, sizes: [1] });
    expect(notes).toEqual([
      expect.stringMatching(
        /^batching is off: in a batch of 2 a picture gets what it does not get alone: \S+ for 0 in y$/,
      ),
    ]);
  });

  test('where a frozen batch mixes them up', async () => {
    const { model } = await load({ nodes: mixesUp, batch: 4, maxBatch: 4, device: 'cpu' });
    expect(await chooseBatching(model, undefined)).toMatchObject({ max: 1 });
  });

  test('where more than one picture fails', async () => {
    const { model } = await load({
      fault: (pictures) => (pictures > 1 ? 'Reshape: wrong size' : undefined),
    });
    const { max, notes } = await chooseBatching(model, undefined);
    expect(max).toBe(1);
    expect(notes).toEqual(['batching is off: a run of 2 pictures fails: Reshape: wrong size']);
  });

  test('where outputs cannot be told apart by picture and nothing is found to go by', async () => {
    const { model } = await load({ shape: [axis], unpack: (_outputs, items) => items.map(() => []) });
    const { max, notes } = await chooseBatching(model, undefined);
    expect(max).toBe(1);
    expect(notes[0]).toMatch(/^batching is off: a batch of 2 cannot be compared/);
  });
});

test('outputs that cannot be told apart by picture are compared by what is detected', async () => {
  const { model } = await load({ shape: [axis] });
  expect(await chooseBatching(model, undefined)).toEqual({ max: 8, sizes: [1, 2, 4, 8], notes: [] });
  const { model: wrong } = await load({
    shape: [axis],
    // Each picture gets the answer of the last.
    unpack: (outputs, items) => items.map(() => detectBrightness(outputs, items).at(-1)!),
  });
  expect(await chooseBatching(wrong, undefined)).toMatchObject({ max: 1 });
});

test('a model that fails with one picture as well is refused', async () => {
  const { model } = await load({ fault: () => 'device lost' });
  await expect(chooseBatching(model, undefined)).rejects.toThrow('device lost');
});
