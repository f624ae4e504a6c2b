/**
 * The output tensor to detections: candidates by layout, suppression in the network's pixels as the references do it,
 * then the one conversion to the picture's.
 */
import { floatValues, hasArea, nonMaxSuppression, toImageBox } from '@shoal/vision';
import type { Candidates } from '@shoal/vision';
import type { Detection, ModelPlan, Tensor, Tensors, UnpackItem } from '@shoal/worker-runtime/adapter';
import { readColumns, readEndToEnd, readRows } from './read-candidates.ts';
import type { ReadCandidates } from './read-candidates.ts';
import { decideLayout } from './output-layout.ts';
import type { OutputFacts, OutputLayout } from './output-layout.ts';
import { layoutOf } from './yolo-plan.ts';

const readers: Readonly<Record<OutputLayout, ReadCandidates>> = {
  rows: readRows,
  columns: readColumns,
  'end-to-end': readEndToEnd,
};

export function unpackDetections(
  outputs: Tensors,
  items: readonly UnpackItem[],
  plan: ModelPlan,
): readonly (readonly Detection[])[] {
  const { output, outputLayout, facts } = layoutOf(plan);
  const tensor = outputs[output];
  if (tensor === undefined) throw new Error(`the model gave no output named ${output}`);
  const [count = 0, first = 0, second = 0] = tensor.dims;
  if (tensor.dims.length !== 3 || count < items.length) {
    throw new Error(`expected results of ${items.length} pictures, found [${tensor.dims.join(', ')}]`);
  }
  const layout = outputLayout ?? decideNow(first, second, facts, items);
  const values = valuesOf(tensor);
  return items.map((item, index) => {
    const slice = values.subarray(index * first * second, (index + 1) * first * second);
    const found = readers[layout](floatValues(slice), first, second, item.options);
    const kept = layout === 'end-to-end' ? best(found, item) : nonMaxSuppression(found, item.options);
    return toDetections(found, kept, item);
  });
}

/** With free axes the picture's own size is known only now. */
function decideNow(
  first: number,
  second: number,
  facts: OutputFacts,
  [item]: readonly UnpackItem[],
): OutputLayout {
  const { width, height } = item!.geometry;
  return decideLayout([first, second], { ...facts, inputWidth: width, inputHeight: height })!;
}

function valuesOf({ type, data }: Tensor): Float32Array | Uint16Array {
  if (type === 'float32') return data as Float32Array;
  if (type === 'float16') return data as Uint16Array;
  throw new Error(`expected an output of float32 or float16, found ${type}`);
}

/** What the graph has already suppressed only waits for its order and its limit. */
function best({ count, scores }: Candidates, { options }: UnpackItem): readonly number[] {
  const indices = Array.from({ length: count }, (_, index) => index);
  return indices.sort((a, b) => scores[b]! - scores[a]!).slice(0, options.maxDetections);
}

function toDetections(
  { classIds, scores, xyxy }: Candidates,
  kept: readonly number[],
  { geometry }: UnpackItem,
): readonly Detection[] {
  return (
    kept
      .map((index) => {
        const at = index * 4;
        const box = { x1: xyxy[at]!, y1: xyxy[at + 1]!, x2: xyxy[at + 2]!, y2: xyxy[at + 3]! };
        return { classId: classIds[index]!, score: scores[index]!, box: toImageBox(box, geometry) };
      })
      // What lay in the padding, or is not a number, is nothing in the picture.
      .filter(({ box }) => hasArea(box))
  );
}
