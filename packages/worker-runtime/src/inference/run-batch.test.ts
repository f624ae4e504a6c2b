import { describe, expect, test } from 'vitest';
import type { Geometry } from '@shoal/vision';
import type { Detection, ModelAdapter, ModelPlan, Tensors } from '../adapter.ts';
import type { InferenceInput } from './inference-protocol.ts';
import { Packer } from './packer.ts';
import { runBatch } from './run-batch.ts';

function throwOn(number: number | undefined, numbers: readonly number[], where: string): void {
  if (number !== undefined && numbers.includes(number)) throw new Error(`${where} fails on ${number}`);
}

/**
 * A family small enough to see through: a picture's first byte is its number, the session gives the numbers back,
 * and each is reported as a class. It notes the size of every run.
 */
function tinyFamily(faults: { pack?: number; run?: number; unpack?: number } = {}) {
  const runs: number[] = [];
  const adapter: ModelAdapter = {
    family: 'tiny',
    describe: () => plan,
    pack(images) {
      const numbers = images.map(({ data }) => data[0]!);
      throwOn(faults.pack, numbers, 'pack');
      return { x: { type: 'uint8', data: Uint8Array.from(numbers), dims: [images.length] } };
    },
    unpack({ y }, items) {
      const numbers = [...(y!.data as Uint8Array)];
      throwOn(faults.unpack, numbers, 'unpack');
      return items.map((item, index): Detection[] => [
        {
          classId: numbers[index]!,
          score: item.options.minScore,
          box: { x1: 0, y1: 0, x2: item.geometry.width, y2: 1 },
        },
      ]);
    },
    merge: (views) => views.flat(),
  };
  const session = {
    async run({ x }: Tensors, outputs?: readonly string[]): Promise<Tensors> {
      expect(outputs).toEqual(['y']);
      const numbers = [...(x!.data as Uint8Array)];
      runs.push(numbers.length);
      throwOn(faults.run, numbers, 'run');
      return { y: x! };
    },
  };
  return { adapter, session, runs };
}

const plan: ModelPlan = {
  labels: [],
  resize: { fit: 'inside', width: 2, height: 2, padValue: 0 },
  maxBatch: 4,
  channels: 'rgb',
  outputs: ['y'],
  layout: null,
};

function picture(number: number, widths: readonly number[] = [2]): InferenceInput {
  const options = { minScore: number / 100, iou: 0.5, maxDetections: 10, classAgnostic: false };
  const geometries = widths.map((width): Geometry => ({
    imageWidth: width,
    imageHeight: 1,
    resizedWidth: width,
    resizedHeight: 1,
    padLeft: 0,
    padTop: 0,
    width,
    height: 1,
  }));
  const views = widths.map((width) => ({ width, height: 1, data: new Uint8Array(3 * width).fill(number) }));
  return { views, geometries, options };
}

const numbersOf = (outcomes: Awaited<ReturnType<typeof runBatch>>['outcomes']) =>
  outcomes.map((outcome) => (outcome.ok ? outcome.detections.map(({ classId }) => classId) : outcome.error));

describe('a batch', () => {
  test('is cut into runs of what the model takes, and every picture gets its own result and options', async () => {
    const { adapter, session, runs } = tinyFamily();
    const { outcomes } = await runBatch(
      session,
      adapter,
      plan,
      [1, 2, 3, 4, 5, 6].map((n) => picture(n)),
    );
    expect(runs).toEqual([4, 2]);
    expect(numbersOf(outcomes)).toEqual([[1], [2], [3], [4], [5], [6]]);
    expect(outcomes.map((outcome) => outcome.ok && outcome.detections[0]!.score)).toEqual(
      [1, 2, 3, 4, 5, 6].map((number) => number / 100),
    );
  });

  test('runs pictures of one shape together, and gives results in the order of the pictures', async () => {
    const { adapter, session, runs } = tinyFamily();
    const items = [picture(1, [2]), picture(2, [3]), picture(3, [2]), picture(4, [3])];
    const { outcomes } = await runBatch(session, adapter, plan, items);
    expect(runs).toEqual([2, 2]);
    expect(numbersOf(outcomes)).toEqual([[1], [2], [3], [4]]);
  });

  test('merges the views of a picture, in their order', async () => {
    const { adapter, session, runs } = tinyFamily();
    const { outcomes } = await runBatch(session, adapter, plan, [picture(1, [2, 3]), picture(2, [3, 2])]);
    expect(runs).toEqual([2, 2]);
    expect(outcomes.map((outcome) => outcome.ok && outcome.detections.map(({ box }) => box.x2))).toEqual([
      [2, 3],
      [3, 2],
    ]);
  });

  test('of nothing is nothing', async () => {
    const { adapter, session } = tinyFamily();
    expect(await runBatch(session, adapter, plan, [])).toEqual({ outcomes: [], inferMs: 0, unpackMs: 0 });
  });

  test('says how long the model and the unpacking took', async () => {
    const { adapter, session } = tinyFamily();
    const slow = {
      run: async (feeds: Tensors, outputs?: readonly string[]) => {
        const until = performance.now() + 20;
        while (performance.now() < until);
        return session.run(feeds, outputs);
      },
    };
    const { inferMs, unpackMs } = await runBatch(slow, adapter, plan, [picture(1)]);
    expect(inferMs).toBeGreaterThanOrEqual(20);
    expect(unpackMs).toBeLessThan(20);
  });
});

test('a session that is warm for some numbers of pictures sees no other, whatever comes and whatever fails', async () => {
  const { adapter, session, runs } = tinyFamily({ run: 13 });
  const packer = new Packer(adapter, { ...plan, maxBatch: 8 }, [1, 2, 4, 8]);
  for (const count of [1, 2, 3, 5, 7, 8, 13]) {
    const numbers = Array.from({ length: count }, (_, index) => index + 1);
    const items = numbers.map((number) => picture(number));
    const { outcomes } = await runBatch(session, adapter, { ...plan, maxBatch: 8 }, items, packer);
    expect(numbersOf(outcomes)).toEqual(
      numbers.map((number) => (number === 13 ? 'run fails on 13' : [number])),
    );
  }
  expect(new Set(runs)).toEqual(new Set([1, 2, 4, 8]));
});

describe('where one picture of a batch makes trouble', () => {
  test.each(['pack', 'run', 'unpack'] as const)(
    'in %s, it fails alone and the others succeed',
    async (where) => {
      const { adapter, session } = tinyFamily({ [where]: 3 });
      const { outcomes } = await runBatch(
        session,
        adapter,
        plan,
        [1, 2, 3, 4, 5].map((n) => picture(n)),
      );
      expect(numbersOf(outcomes)).toEqual([[1], [2], `${where} fails on 3`, [4], [5]]);
    },
  );

  test('in one of its views, it fails as a whole', async () => {
    const { adapter, session } = tinyFamily({ run: 3 });
    const { outcomes } = await runBatch(session, adapter, plan, [picture(3, [2, 3]), picture(4, [2, 3])]);
    expect(numbersOf(outcomes)).toEqual(['run fails on 3', [4, 4]]);
  });

  test('and it only was too many at once, all succeed in smaller runs', async () => {
    const { adapter, session, runs } = tinyFamily();
    const small = {
      async run(feeds: Tensors, outputs?: readonly string[]) {
        if (feeds['x']!.dims[0]! > 2) throw new Error('out of memory');
        return session.run(feeds, outputs);
      },
    };
    const { outcomes } = await runBatch(
      small,
      adapter,
      plan,
      [1, 2, 3, 4].map((n) => picture(n)),
    );
    expect(runs).toEqual([2, 2]);
    expect(numbersOf(outcomes)).toEqual([[1], [2], [3], [4]]);
  });

  test('everyone fails with the reason when everything does', async () => {
    const { adapter } = tinyFamily();
    const broken = { run: () => Promise.reject(new Error('device lost')) };
    const { outcomes } = await runBatch(broken, adapter, plan, [picture(1), picture(2)]);
    expect(numbersOf(outcomes)).toEqual(['device lost', 'device lost']);
  });
});

test('an adapter that gives too few results fails, instead of giving a picture the result of another', async () => {
  const { adapter, session } = tinyFamily();
  const forgetful: ModelAdapter = { ...adapter, unpack: () => [] };
  const { outcomes } = await runBatch(session, forgetful, plan, [picture(1)]);
  expect(numbersOf(outcomes)).toEqual(['the adapter gave 0 results for 1 pictures']);
});

test('several views without a merge are an error that names the family', async () => {
  const { adapter, session } = tinyFamily();
  const { merge: _merge, ...single } = adapter;
  const { outcomes } = await runBatch(session, single, plan, [picture(1, [2, 3])]);
  expect(numbersOf(outcomes)).toEqual(['tiny cannot merge the 2 views of a picture']);
});
