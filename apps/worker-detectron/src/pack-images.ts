/** One picture to the one input tensor: [3, height, width], values 0 to 255. Mean and deviation are in the graph. */
import { allocateLike, packPlanar, pixelTable } from '@shoal/vision';
import type { PixelArray, PixelTable, RgbImage } from '@shoal/vision';
import type { ModelPlan, Tensors } from '@shoal/worker-runtime/adapter';
import { layoutOf } from './detectron-plan.ts';

const tables: Readonly<Record<'float32' | 'uint8', PixelTable>> = {
  float32: pixelTable('float32', 1),
  uint8: pixelTable('uint8', 1),
};

export function packImages(images: readonly RgbImage[], plan: ModelPlan, reuse?: Tensors): Tensors {
  const { input, inputType } = layoutOf(plan);
  const [image, ...others] = images;
  if (image === undefined || others.length > 0) {
    throw new RangeError(`the input takes one picture, there are ${images.length}`);
  }
  const { width, height } = image;
  const table = tables[inputType];
  const data =
    (reuse?.[input]?.data as PixelArray | undefined) ?? allocateLike(table.values, 3 * width * height);
  packPlanar(image, plan.channels, table, data, 0);
  return { [input]: { type: inputType, data, dims: [3, height, width] } };
}
