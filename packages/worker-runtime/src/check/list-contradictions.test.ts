import { describe, expect, test } from 'vitest';
import type { Manifest, ModelIo, ModelPlan } from '../adapter.ts';
import { testManifest } from '../testing/test-model.ts';
import { listContradictions } from './list-contradictions.ts';

const io: ModelIo = { inputs: [], outputs: [], metadata: {} };

/** A family whose file is 320 wide and high, of three classes; it stops at the first complaint. */
const adapter = {
  describe(_io: ModelIo, { input, labels }: Manifest): ModelPlan {
    const { width = 320, height = 320 } = input;
    if (width !== 320)
      throw new Error(`input.width is ${width} in the manifest, but the file's input is 320 wide`);
    if (height !== 320)
      throw new Error(`input.height is ${height} in the manifest, but the file's input is 320 high`);
    if (Array.isArray(labels) && labels.length !== 3)
      throw new Error(`the labels are ${labels.length}, not 3`);
    return {} as ModelPlan;
  },
};
const list = (fields: Readonly<Record<string, unknown>>): readonly string[] =>
  listContradictions(adapter, io, testManifest(fields));

describe('contradictions of a file and its manifest', () => {
  test('are none where the adapter accepts both', () => {
    expect(list({ labels: ['a', 'b', 'c'], input: { width: 320 } })).toEqual([]);
  });

  test('come all together, in the words of the adapter', () => {
    expect(list({ labels: ['a', 'b'], input: { width: 640, height: 480 } })).toEqual([
      "input.width is 640 in the manifest, but the file's input is 320 wide",
      "input.height is 480 in the manifest, but the file's input is 320 high",
      'the labels are 2, not 3',
    ]);
  });

  test('are not told of a default that nobody wrote', () => {
    const free = {
      describe(_io: ModelIo, { input: { width = 640, stride = 32 } }: Manifest): ModelPlan {
        if (width % stride !== 0) throw new Error(`input.width is ${width}, no multiple of ${stride}`);
        return {} as ModelPlan;
      },
    };
    // 500 is no multiple of 32 either, nor is 640 of 48.
    const manifest = testManifest({ input: { width: 500, stride: 48 } });
    expect(listContradictions(free, io, manifest)).toEqual(['input.width is 500, no multiple of 48']);
  });

  test('are one where it is the file that is of another family', () => {
    const foreign = {
      describe: (): ModelPlan => {
        throw new Error('expected one input, found two');
      },
    };
    expect(
      listContradictions(foreign, io, testManifest({ labels: ['a'], input: { width: 1 }, maxBatch: 2 })),
    ).toEqual(['expected one input, found two']);
  });
});
