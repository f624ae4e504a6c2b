/**
 * The output tensor to detections: candidates by layout, suppression in the network's pixels as the references do it,
 * then the one conversion to the picture's.
 */
import { decodeFloat16, hasArea, suppressBoxes, toImageBox } from '@shoal/vision';
import type { Detection, ModelPlan, Tensor, Tensors, UnpackItem } from '@shoal/worker-runtime/adapter';
import { readColumns, readEndToEnd, readRows } from './read-candidates.ts';
import type { Candidate, ReadCandidates } from './read-candidates.ts';
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
    const found = readers[layout](slice, first, second, item.options);
    return toDetections(
      layout === 'end-to-end' ? best(found, item) : suppressBoxes(found, item.options),
      item,
    );
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

function valuesOf(tensor: Tensor): Float32Array {
  if (tensor.type === 'float32') return tensor.data as Float32Array;
  if (tensor.type === 'float16') return decodeFloat16(tensor.data as Uint16Array);
  throw new Error(`expected an output of float32 or float16, found ${tensor.type}`);
}

/** What the graph has already suppressed only waits for its order and its limit. */
function best(found: readonly Candidate[], { options }: UnpackItem): readonly Candidate[] {
  return found.toSorted((a, b) => b.score - a.score).slice(0, options.maxDetections);
}

function toDetections(found: readonly Candidate[], { geometry }: UnpackItem): readonly Detection[] {
  return (
    found
      .map(({ classId, score, box }) => ({ classId, score, box: toImageBox(box, geometry) }))
      // What lay in the padding, or is not a number, is nothing in the picture.
      .filter(({ box }) => hasArea(box))
  );
}
