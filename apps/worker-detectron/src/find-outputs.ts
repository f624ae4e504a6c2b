/**
 * Which output is which. The exporter's names are automatic and its order follows the fields of the result, so boxes,
 * classes and scores are told apart by type and rank first, by position second. Masks, keypoints and the image's size
 * are passed over.
 */
import { formatTensorInfos } from '@shoal/worker-runtime/adapter';
import type { ModelIo, TensorInfo } from '@shoal/worker-runtime/adapter';

export interface DetectronOutputs {
  readonly boxes: string;
  readonly classes: string;
  readonly scores: string;
}

export function findOutputs({ outputs }: ModelIo): DetectronOutputs {
  const boxes = outputs.find((output) => output.type === 'float32' && isBoxes(output));
  const scores = outputs.find((output) => output.type === 'float32' && isList(output) && output !== boxes);
  const integers = outputs.filter((output) => /^int(?:32|64)$/.test(output.type) && isList(output));
  // The image's size is the list of exactly two; a graph frozen at two results would have two of these, classes first.
  const classes = integers.find(({ shape }) => shape[0] !== 2) ?? integers[0];
  if (boxes === undefined || scores === undefined || classes === undefined) {
    throw new Error(
      'expected outputs boxes [n, 4] of float32, classes [n] of int64 and scores [n] of float32, as ' +
        `Detectron2's tracing export writes them, found ${formatTensorInfos(outputs)}`,
    );
  }
  return { boxes: boxes.name, classes: classes.name, scores: scores.name };
}

function isBoxes({ shape }: TensorInfo): boolean {
  const columns = shape[1];
  return shape.length === 2 && (typeof columns !== 'number' || columns <= 0 || columns === 4);
}

function isList({ shape }: TensorInfo): boolean {
  return shape.length === 1;
}
