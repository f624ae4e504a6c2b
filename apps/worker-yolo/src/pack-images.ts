/** Pictures to the one input tensor: [batch, 3, height, width], values 0 to 1. A frozen batch is filled with zeros. */
import { allocateLike, packPlanar, pixelTable } from '@shoal/vision';
import type { PixelArray, PixelTable, RgbImage } from '@shoal/vision';
import type { ModelPlan, Tensors } from '@shoal/worker-runtime/adapter';
import { layoutOf } from './yolo-plan.ts';

const tables: Readonly<Record<'float32' | 'float16', PixelTable>> = {
  float32: pixelTable('float32', 1 / 255),
  float16: pixelTable('float16', 1 / 255),
};

export function packImages(images: readonly RgbImage[], plan: ModelPlan, reuse?: Tensors): Tensors {
  const { input, inputType, batch } = layoutOf(plan);
  const [first] = images;
  if (first === undefined) throw new RangeError('no picture to pack');
  const { width, height } = first;
  const count = batch ?? images.length;
  if (images.length > count) throw new RangeError(`${images.length} pictures do not fit a batch of ${count}`);
  const table = tables[inputType];
  const values = 3 * width * height;
  const data = (reuse?.[input]?.data as PixelArray | undefined) ?? allocateLike(table.values, count * values);
  for (const [index, image] of images.entries()) {
    if (image.width !== width || image.height !== height) {
      throw new RangeError(`${image.width}x${image.height} in a batch of ${width}x${height}`);
    }
    packPlanar(image, plan.channels, table, data, index * values);
  }
  if (reuse !== undefined) data.fill(0, images.length * values);
  return { [input]: { type: inputType, data, dims: [count, 3, height, width] } };
}
