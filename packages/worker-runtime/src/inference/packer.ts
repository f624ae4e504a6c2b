/**
 * Pictures to feeds by the adapter's `pack`, in the numbers that the device has compiled for, and into the arrays of earlier
 * runs: zeroing and first touching an array of five megabytes takes longer than filling it. A run must be over before
 * the next one is packed.
 */
import type { RgbImage } from '@shoal/vision';
import type { ModelAdapter, ModelPlan, Tensors } from '../adapter.ts';

/** Shapes whose arrays are kept; pictures of many shapes would otherwise keep all that there ever were. */
const keptMax = 4;

export class Packer {
  readonly #adapter: Pick<ModelAdapter, 'pack'>;
  readonly #plan: ModelPlan;
  readonly #sizes: readonly number[];
  readonly #kept = new Map<string, Tensors>();

  /** `sizes`: the only numbers of pictures in a run, rising; empty: any. */
  constructor(adapter: Pick<ModelAdapter, 'pack'>, plan: ModelPlan, sizes: readonly number[] = []) {
    this.#adapter = adapter;
    this.#plan = plan;
    this.#sizes = sizes;
  }

  /** Images of one size, at least one. The feeds hold until the next call. */
  pack(images: readonly RgbImage[]): Tensors {
    const { width, height } = images[0]!;
    const places = this.#sizes.find((size) => size >= images.length) ?? images.length;
    // Of what stands in for the missing ones, nothing is read.
    const fillers = Array.from({ length: places - images.length }, () => images.at(-1)!);
    const key = `${places}x${width}x${height}`;
    const feeds = this.#adapter.pack([...images, ...fillers], this.#plan, this.#kept.get(key));
    this.#kept.delete(key);
    this.#kept.set(key, feeds);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= keptMax) break;
      this.#kept.delete(oldest);
    }
    return feeds;
  }
}
