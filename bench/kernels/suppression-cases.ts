/**
 * Non-maximum suppression alone. 'spread': boxes of one class of which none touches another, so nothing shortens the
 * walk; 'piled': around fifty objects of one class; 'classes': the same of 691 classes; 'agnostic': these, with classes
 * together; 'sizes': from 4 to 400 pixels anywhere, one class.
 */
import { nonMaxSuppression } from '../../packages/vision/src/index.ts';
import type { Candidates } from '../../packages/vision/src/index.ts';
import type { KernelCase } from './cases.ts';
import { suppressPlainly } from './plain.ts';
import { SeededRandom } from '../../tools/demo-models/random.ts';

type Xyxy = [number, number, number, number];
type Random = () => number;

const square = (x: number, y: number, size: number): Xyxy => [x, y, x + size, y + size];

function spread(count: number, random: Random, index: number): Xyxy {
  const side = Math.ceil(Math.sqrt(count));
  const step = 640 / side;
  return square((index % side) * step, Math.floor(index / side) * step, step * (0.5 + random() * 0.4));
}

function piled(_: number, random: Random, index: number): Xyxy {
  const object = index % 50;
  const jitter = (): number => (random() - 0.5) * 12;
  const [left, top] = [(object % 8) * 75 + jitter(), Math.floor(object / 8) * 85 + jitter()];
  return square(left, top, 30 + object + jitter());
}

const sizes = (_: number, random: Random): Xyxy =>
  square(random() * 640, random() * 640, 4 * 100 ** random());

const kinds = {
  spread: { place: spread, classes: 1, classAgnostic: false },
  piled: { place: piled, classes: 1, classAgnostic: false },
  classes: { place: piled, classes: 691, classAgnostic: false },
  agnostic: { place: piled, classes: 691, classAgnostic: true },
  sizes: { place: sizes, classes: 1, classAgnostic: false },
};

function candidatesOf(kind: keyof typeof kinds, count: number): Candidates {
  const source = new SeededRandom(count);
  const random = () => source.between(0, 1);
  const { place, classes } = kinds[kind];
  const xyxy = new Float64Array(count * 4);
  for (let index = 0; index < count; index += 1) xyxy.set(place(count, random, index), index * 4);
  return {
    count,
    xyxy,
    scores: Float64Array.from({ length: count }, random),
    classIds: Int32Array.from({ length: count }, () => random() * classes),
  };
}

export const suppressionCases: readonly KernelCase[] = (Object.keys(kinds) as (keyof typeof kinds)[]).flatMap(
  (kind) =>
    [100, 1000, 10_000, 30_000].flatMap((count) =>
      [300, 30_000].map((maxDetections): KernelCase => ({
        name: `suppress ${kind} ${count}, at most ${maxDetections}`,
        prepare() {
          const candidates = candidatesOf(kind, count);
          const options = { iou: 0.45, maxDetections, classAgnostic: kinds[kind].classAgnostic };
          return {
            plain: () => suppressPlainly(candidates, options),
            ours: () => nonMaxSuppression(candidates, options),
          };
        },
      })),
    ),
);
