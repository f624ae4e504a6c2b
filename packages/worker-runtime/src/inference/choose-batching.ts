/**
 * How many pictures a model takes in one run, found out before the first one comes: the device compiles for every number that
 * it will see, numbers that its memory does not hold are dropped, and a model that gives a picture in a batch anything
 * else than alone computes every picture by itself.
 */
import { fitImage } from '@shoal/vision';
import type { Geometry } from '@shoal/vision';
import type { Detection, DetectionOptions, ModelAdapter, ModelIo, ModelPlan, Tensors } from '../adapter.ts';
import { areSameDetections, differenceOf, type Difference } from './compare-outputs.ts';
import type { Batching, Device } from './inference-protocol.ts';
import { Packer } from './packer.ts';
import type { Session } from './session.ts';
import { syntheticPicture } from './synthetic-picture.ts';

export interface LoadedModel {
  readonly session: Pick<Session, 'run'> & { readonly io: ModelIo };
  readonly adapter: ModelAdapter;
  /** As the adapter described it. */
  readonly plan: ModelPlan;
  readonly device: Device;
}

/** Low, since nobody knows what the model sees in such pictures. */
const options: DetectionOptions = { minScore: 0.05, iou: 0.5, maxDetections: 100, classAgnostic: false };
/** Pictures of the usual shapes, for which a GPU compiles where the model's input follows the picture. */
const usualShapes = [
  [640, 480],
  [480, 640],
  [1280, 720],
  [720, 1280],
  [640, 640],
] as const;

/** `wanted`: what the operator has set. Throws only what fails with one picture as well. */
export async function chooseBatching(
  model: LoadedModel,
  wanted: number | undefined,
): Promise<Batching & { readonly notes: readonly string[] }> {
  const { plan, device, session } = model;
  const notes: string[] = [];
  const isFrozen = session.io.inputs.every(({ shape }) => typeof shape[0] === 'number');
  // A run of a frozen batch costs the same however full it is. Else a CPU gains nothing from more than one.
  const cap = isFrozen || device !== 'cpu' ? plan.maxBatch : 1;
  let max = Math.min(wanted ?? cap, plan.maxBatch);
  if (max > 1) {
    await warmSizes(model, [1]);
    try {
      max = await largestThatFits(model, max, notes);
      // What a frozen batch is filled with changes nothing in what is run.
      await refuseDifferences(model, isFrozen ? [Math.min(2, max)] : numbersUpTo(max));
    } catch (error) {
      notes.push(`batching is off: ${messageOf(error)}`);
      max = 1;
    }
  }
  return { max, sizes: device === 'cpu' || isFrozen ? [] : numbersUpTo(max), notes };
}

/** Runs every shape that the device will see, so that none is compiled in a caller's time. */
export async function warmSizes(model: LoadedModel, sizes: readonly number[]): Promise<void> {
  const packer = new Packer(model.adapter, model.plan);
  for (const geometry of geometriesOf(model)) {
    for (const size of sizes) await runPictures(model, packer, geometry, 0, size);
  }
}

/** 1, 2, 4 and so on, and `max` itself. */
export function numbersUpTo(max: number): readonly number[] {
  const numbers: number[] = [];
  for (let number = 1; number < max; number *= 2) numbers.push(number);
  return [...numbers, max];
}

async function largestThatFits(model: LoadedModel, max: number, notes: string[]): Promise<number> {
  let largest = 1;
  for (const size of numbersUpTo(max).slice(1)) {
    try {
      await warmSizes(model, [size]);
      largest = size;
    } catch (error) {
      if (!isOutOfMemory(error)) {
        throw new Error(`a run of ${size} pictures fails: ${messageOf(error)}`, { cause: error });
      }
      notes.push(`a batch of ${size} does not fit into memory: there are at most ${largest} in one`);
      break;
    }
  }
  return largest;
}

/** Throws an Error with the largest difference. */
async function refuseDifferences(model: LoadedModel, sizes: readonly number[]): Promise<void> {
  const [geometry] = geometriesOf(model);
  const count = sizes.at(-1)!;
  if (geometry === undefined || count === 1) return;
  const packer = new Packer(model.adapter, model.plan);
  const alone: Tensors[] = [];
  for (let picture = 0; picture < count; picture += 1) {
    alone.push(await runPictures(model, packer, geometry, picture, 1));
  }
  for (const size of sizes.filter((number) => number > 1)) {
    const together = await runPictures(model, packer, geometry, 0, size);
    const singles = alone.slice(0, size);
    const difference = differenceOf(together, singles);
    if (difference === undefined) continue;
    const detect = (outputs: Tensors, pictures: number): readonly (readonly Detection[])[] =>
      model.adapter.unpack(
        outputs,
        Array.from({ length: pictures }, () => ({ geometry, options })),
        model.plan,
      );
    // Candidates that score the same may come in another order, or those of all pictures one after the other.
    const found = singles.flatMap((outputs) => detect(outputs, 1));
    if (!areSameDetections(detect(together, size), found)) throw new Error(inWords(difference, size));
  }
}

function inWords(difference: Difference | 'incomparable', size: number): string {
  if (difference === 'incomparable') {
    return `a batch of ${size} cannot be compared with single pictures, since nothing was found in them`;
  }
  const { output, alone, together } = difference;
  return `in a batch of ${size} a picture gets what it does not get alone: ${together} for ${alone} in ${output}`;
}

async function runPictures(
  { session, plan }: LoadedModel,
  packer: Packer,
  { width, height }: Geometry,
  first: number,
  count: number,
): Promise<Tensors> {
  const pictures = Array.from({ length: count }, (_, index) =>
    syntheticPicture(first + index, width, height),
  );
  return session.run(packer.pack(pictures), plan.outputs);
}

/** Of every size once. A CPU compiles nothing. */
function geometriesOf({ plan, device }: LoadedModel): readonly Geometry[] {
  const shapes = device === 'cpu' ? usualShapes.slice(0, 1) : usualShapes;
  const all = shapes.flatMap(([width, height]) => fitImage(plan.resize, width, height));
  return [...new Map(all.map((geometry) => [`${geometry.width}x${geometry.height}`, geometry])).values()];
}

/** In the words of the runtime's arenas, of CUDA and of C++. */
function isOutOfMemory(error: unknown): boolean {
  return /out of memory|failed to allocate|bad_alloc|memory.*exhausted/i.test(messageOf(error));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
