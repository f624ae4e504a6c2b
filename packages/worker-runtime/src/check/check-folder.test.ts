/** With real graphs in the real runtime; only the adapter, our own seam, is made up. */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ModelAdapter, ModelPlan } from '../adapter.ts';
import { ImageError } from '../flow/decode-image.ts';
import { OtherFamilyError } from '../model-folder/index.ts';
import { testModelPath } from '../testing/test-model.ts';
import { checkFolder } from './check-folder.ts';
import type { CheckReport } from './check-report.ts';
import { encodePng } from './encode-png.ts';

const settings = { SHOAL_IMAGE_PIXELS_MAX: 1_000_000 };
const picture = {
  name: 'grey.png',
  bytes: await encodePng({ width: 8, height: 4, data: new Uint8Array(96).fill(51) }),
};

const value = { type: 'float32', shape: ['n'] } as const;
const identity = testModelPath({
  inputs: [{ name: 'x', ...value }],
  outputs: [{ name: 'y', ...value }],
  nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
  metadata: { stride: '32' },
});
/** Gives to each picture the mean of all that it is run with. */
const mixing = testModelPath({
  inputs: [{ name: 'x', ...value }],
  outputs: [{ name: 'y', ...value }],
  nodes: [
    { op: 'ReduceMean', inputs: ['x'], outputs: ['mean'], attributes: { keepdims: 1 } },
    { op: 'Mul', inputs: ['x', 'zero'], outputs: ['nothing'] },
    { op: 'Add', inputs: ['nothing', 'mean'], outputs: ['y'] },
  ],
  constants: [{ name: 'zero', type: 'float32', dims: [1], data: Float32Array.of(0) }],
});

/** Scores a picture by the brightness of its first dot. */
const adapter: ModelAdapter = {
  family: 'test',
  describe(_io, { input, labels }): ModelPlan {
    if (input.width === 7) throw new Error('input.width is 7 in the manifest, but the file says 2');
    return {
      labels: Array.isArray(labels) ? labels : [],
      resize: { fit: 'inside', width: 2, height: 2, padValue: 0 },
      maxBatch: 4,
      channels: 'rgb',
      outputs: ['y'],
      fixedOptions: ['iou'],
      classCount: 1,
      layout: undefined,
    };
  },
  pack: (images) => ({
    x: {
      type: 'float32',
      data: Float32Array.from(images, ({ data }) => data[0]! / 255),
      dims: [images.length],
    },
  }),
  unpack: ({ y }, items) =>
    items.map(({ geometry, options: { minScore } }, index) => {
      const score = Number(y!.data[index]);
      const box = { x1: 0, y1: 0, x2: geometry.imageWidth, y2: geometry.imageHeight };
      return score >= minScore ? [{ classId: 0, score, box }] : [];
    }),
};

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'shoal-check-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const check = (
  manifest: object | undefined,
  weights: string | Uint8Array | null = identity,
): Promise<CheckReport> => {
  if (manifest !== undefined) writeFileSync(join(dir, 'model.yaml'), stringify(manifest));
  if (typeof weights === 'string') copyFileSync(weights, join(dir, 'model.onnx'));
  else if (weights !== null) writeFileSync(join(dir, 'model.onnx'), weights);
  return checkFolder(adapter, dir, picture, settings);
};
const good = { name: 'good', adapter: 'test', labels: ['grey'], defaults: { minScore: 0.1 } };

describe('a folder that can be served', () => {
  test('is told with its file, its plan and what a run on the picture found', async () => {
    const report = await check(good);
    expect(report).toMatchObject({
      isServable: true,
      problems: [],
      notes: [],
      file: {
        name: 'model.onnx',
        inputs: [{ name: 'x', type: 'float32' }],
        outputs: [{ name: 'y' }],
        metadata: { stride: '32' },
      },
      manifest: { name: 'good', labels: ['grey'] },
      plan: {
        family: 'test',
        maxBatch: 4,
        comparedBatch: 2,
        labels: ['grey'],
        classCount: 1,
        fixedOptions: ['iou'],
      },
      run: { image: 'grey.png', width: 8, height: 4 },
    });
    const [found, ...others] = report.run!.detections;
    expect(others).toEqual([]);
    expect(found).toMatchObject({ label: 'grey', classId: 0, box: { x1: 0, y1: 0, x2: 8, y2: 4 } });
    expect(found!.score).toBeCloseTo(0.2, 6);
  });

  test('takes the manifest’s own threshold', async () => {
    const { run } = await check({ ...good, defaults: { minScore: 0.3 } });
    expect(run!.detections).toEqual([]);
  });

  test('is noted to have no labels, and to mix up the pictures of a batch', async () => {
    const { isServable, notes, plan } = await check({ name: 'good', adapter: 'test' }, mixing);
    expect(isServable).toBe(true);
    expect(plan).toMatchObject({ maxBatch: 1, comparedBatch: 1 });
    expect(notes).toEqual([
      expect.stringMatching(/there are no labels/),
      expect.stringMatching(/batching is off: in a batch of 2 a picture gets what it does not get alone/),
    ]);
  });
});

describe('a folder that cannot be served', () => {
  test('is told all that is wrong with manifest and file together, and what the file says', async () => {
    const report = await check({ ...good, sha256: '0'.repeat(64), labels: 'names.txt' });
    expect(report).toMatchObject({ isServable: false, file: { inputs: [{ name: 'x' }] } });
    expect(report.problems).toEqual([
      expect.stringMatching(/^sha256: expected 0{64}, found /),
      'labels: expected a file, found no "names.txt" (ENOENT)',
    ]);
    expect(report.plan).toBeUndefined();
  });

  test('is told by the adapter what contradicts', async () => {
    const report = await check({ ...good, input: { width: 7 } });
    expect(report.problems).toEqual(['input.width is 7 in the manifest, but the file says 2']);
    expect(report).toMatchObject({ isServable: false, manifest: { name: 'good' } });
  });

  test('is told that its weights are broken, once', async () => {
    const report = await check(good, new Uint8Array([0x3a, 0xff, 0x01]));
    expect(report.problems).toEqual([
      'this is not an ONNX file: it ends in the middle of a field, as after a broken download',
    ]);
    rmSync(join(dir, 'model.yaml'));
    const bare = await check(undefined, null);
    expect(bare.problems).toEqual([
      'model.onnx: this is not an ONNX file: it ends in the middle of a field, as after a broken download',
    ]);
  });

  test('is told that there are no weights', async () => {
    expect((await check(good, null)).problems).toEqual([
      'file: expected a file, found no "model.onnx" (ENOENT)',
    ]);
  });
});

test('a folder of another family is not looked at any further', async () => {
  await expect(check({ ...good, adapter: 'other' })).rejects.toBeInstanceOf(OtherFamilyError);
});

test('a picture that is none is the caller’s fault, not the folder’s', async () => {
  writeFileSync(join(dir, 'model.yaml'), stringify(good));
  copyFileSync(identity, join(dir, 'model.onnx'));
  const text = { name: 'notes.txt', bytes: Buffer.from('no picture') };
  await expect(checkFolder(adapter, dir, text, settings)).rejects.toBeInstanceOf(ImageError);
});
