/**
 * The output tensors to detections. Suppression is in the graph already, so what is left is thresholds, order, limit
 * and the one conversion to the picture's pixels.
 */
import { hasArea, toImageBox } from '@shoal/vision';
import type { ImageBox } from '@shoal/vision';
import type {
  Detection,
  DetectionOptions,
  ModelPlan,
  Tensor,
  Tensors,
  UnpackItem,
} from '@shoal/worker-runtime/adapter';
import { layoutOf } from './detectron-plan.ts';

export function unpackDetections(
  outputs: Tensors,
  items: readonly UnpackItem[],
  plan: ModelPlan,
): readonly (readonly Detection[])[] {
  const [item, ...others] = items;
  if (item === undefined || others.length > 0) {
    throw new RangeError(`the output is of one picture, asked for are ${items.length}`);
  }
  const layout = layoutOf(plan);
  const boxes = outputOf(outputs, layout.boxes);
  const classes = outputOf(outputs, layout.classes);
  const scores = outputOf(outputs, layout.scores);
  const count = scores.data.length;
  if (boxes.data.length !== count * 4 || classes.data.length !== count) {
    throw new Error(
      `expected ${count} boxes of 4 numbers and as many classes and scores, found boxes ` +
        `[${boxes.dims.join(', ')}], classes [${classes.dims.join(', ')}], scores [${scores.dims.join(', ')}]`,
    );
  }
  const found: Detection[] = [];
  for (let index = 0; index < count; index += 1) {
    const detection = {
      classId: Number(classes.data[index]),
      score: Math.min(Number(scores.data[index]), 1),
      box: boxAt(boxes, index * 4, item),
    };
    if (isWanted(detection, item.options)) found.push(detection);
  }
  // The sort is stable, so equal scores stay in the graph's order.
  return [found.sort((a, b) => b.score - a.score).slice(0, item.options.maxDetections)];
}

function outputOf(outputs: Tensors, name: string): Tensor {
  const tensor = outputs[name];
  if (tensor === undefined) throw new Error(`the model gave no output named ${name}`);
  return tensor;
}

function boxAt({ data }: Tensor, at: number, { geometry }: UnpackItem): ImageBox {
  const [x1, y1, x2, y2] = [data[at], data[at + 1], data[at + 2], data[at + 3]].map(Number);
  return toImageBox({ x1: x1!, y1: y1!, x2: x2!, y2: y2! }, geometry);
}

/** Boxes without area lay in the padding; Detectron2's own postprocessing drops them too. */
function isWanted({ classId, score, box }: Detection, { minScore, classIds }: DetectionOptions): boolean {
  return score >= minScore && hasArea(box) && (classIds === undefined || classIds.includes(classId));
}
