/** Pictures to tensors. In service the memory of the batch before is used again; a first batch has none. */
import { packImages } from '../../apps/worker-yolo/src/pack-images.ts';
import { pixelTable } from '../../packages/vision/src/index.ts';
import type { RgbImage } from '../../packages/vision/src/index.ts';
import type { ModelPlan } from '../../packages/worker-runtime/src/adapter.ts';
import type { KernelCase } from './cases.ts';
import { packPlainly } from './plain.ts';
import { SeededRandom } from '../../tools/demo-models/random.ts';

interface PackCase {
  readonly count: number;
  readonly side: number;
  readonly type: 'float32' | 'float16';
  readonly isFirst?: boolean;
}

function pictures({ count, side }: PackCase): RgbImage[] {
  const source = new SeededRandom(count * side);
  const random = () => source.between(0, 1);
  return Array.from({ length: count }, () => ({
    data: Uint8Array.from({ length: side * side * 3 }, () => random() * 256),
    width: side,
    height: side,
  }));
}

const toCase = (asked: PackCase): KernelCase => ({
  name: `pack ${asked.count} × ${asked.side}×${asked.side} ${asked.type}${asked.isFirst ? ', first' : ''}`,
  prepare() {
    const images = pictures(asked);
    const table = pixelTable(asked.type, 1 / 255).values as Float32Array | Uint16Array;
    const layout = { input: 'images', inputType: asked.type, batch: null };
    const plan = { channels: 'rgb', layout } as unknown as ModelPlan;
    const before = asked.isFirst ? undefined : packImages(images, plan);
    return {
      plain: () => packPlainly(images, table),
      ours: () => packImages(images, plan, before)['images']!.data,
    };
  },
});

export const packCases: readonly KernelCase[] = [
  toCase({ count: 1, side: 640, type: 'float32', isFirst: true }),
  toCase({ count: 1, side: 640, type: 'float32' }),
  toCase({ count: 1, side: 640, type: 'float16' }),
  toCase({ count: 1, side: 1280, type: 'float32' }),
  toCase({ count: 1, side: 1280, type: 'float16' }),
  toCase({ count: 8, side: 640, type: 'float32', isFirst: true }),
  toCase({ count: 8, side: 640, type: 'float32' }),
];
