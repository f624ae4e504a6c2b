import { expect, test } from 'vitest';
import type { RgbImage } from '@shoal/vision';
import type { ModelPlan, Tensors } from '../adapter.ts';
import { Packer } from './packer.ts';

const plan: ModelPlan = {
  labels: [],
  resize: { fit: 'inside', width: 2, height: 2, padValue: 0 },
  maxBatch: 8,
  channels: 'rgb',
  outputs: [],
  layout: null,
};

/** An adapter that packs the first byte of each picture, and notes what it was given to pack into. */
function notingAdapter() {
  const reused: (Tensors | undefined)[] = [];
  const pack = (images: readonly RgbImage[], _plan: ModelPlan, reuse?: Tensors): Tensors => {
    reused.push(reuse);
    const data = Uint8Array.from(images, (image) => image.data[0]!);
    return { x: { type: 'uint8', data, dims: [images.length] } };
  };
  return { adapter: { pack }, reused };
}

const pictures = (count: number, width = 2): RgbImage[] =>
  Array.from({ length: count }, (_, index) => ({
    width,
    height: 2,
    data: new Uint8Array(6 * width).fill(index + 1),
  }));

test('a number of pictures that the device does not know is filled up to the next that it does', () => {
  const packer = new Packer(notingAdapter().adapter, plan, [1, 2, 4, 8]);
  const packed = [1, 2, 3, 5, 8].map((count) => [...packer.pack(pictures(count))['x']!.data]);
  expect(packed.map(({ length }) => length)).toEqual([1, 2, 4, 8, 8]);
  expect(packed[2]).toEqual([1, 2, 3, 3]);
});

test('without such numbers there are as many as pictures', () => {
  const packer = new Packer(notingAdapter().adapter, plan);
  expect([1, 3, 5].map((count) => packer.pack(pictures(count))['x']!.dims)).toEqual([[1], [3], [5]]);
});

test('a shape gets the arrays of its last run, and no other', () => {
  const { adapter, reused } = notingAdapter();
  const packer = new Packer(adapter, plan);
  const [first, wide, again] = [pictures(2), pictures(2, 3), pictures(2)].map((images) =>
    packer.pack(images),
  );
  expect(reused).toEqual([undefined, undefined, first]);
  packer.pack(pictures(2, 3));
  packer.pack(pictures(2));
  expect(reused.slice(3)).toEqual([wide, again]);
});

test('of many shapes the latest are kept only', () => {
  const { adapter, reused } = notingAdapter();
  const packer = new Packer(adapter, plan);
  for (const width of [1, 2, 3, 4, 5, 5, 2, 1]) packer.pack(pictures(1, width));
  expect(reused.map((reuse) => reuse !== undefined)).toEqual([
    ...Array<boolean>(5).fill(false),
    true,
    true,
    false,
  ]);
});
