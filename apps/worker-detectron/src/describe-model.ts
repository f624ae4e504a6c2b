/**
 * From what the file says and what the manifest adds to a plan. The file is asked first; a manifest that contradicts
 * it, and a file of another layout, are refused with a sentence that names both values. Reads no pixels.
 */
import { formatTensorInfo, formatTensorInfos, frozenAxis } from '@shoal/worker-runtime/adapter';
import type { FixedOption, Manifest, ModelIo, ModelPlan } from '@shoal/worker-runtime/adapter';
import type { ResizePlan } from '@shoal/vision';
import type { DetectronLayout } from './detectron-plan.ts';
import { findOutputs } from './find-outputs.ts';
import { planResize } from './plan-resize.ts';

export function describeModel(io: ModelIo, manifest: Manifest): ModelPlan {
  const input = findInput(io);
  const outputs = findOutputs(io);
  const layout: DetectronLayout = { input: input.name, inputType: input.type, ...outputs };
  const resize = planResize(input.height, input.width, manifest.input);
  return {
    labels: labelsOf(manifest),
    resize,
    // The traced graph has no batch axis.
    maxBatch: 1,
    // INPUT.FORMAT of Detectron2's configurations, whose default is BGR.
    channels: manifest.input.channels ?? 'bgr',
    outputs: [outputs.boxes, outputs.classes, outputs.scores],
    fixedOptions: fixedIn(resize),
    layout,
  };
}

/** Suppression is in the graph, with its own thresholds; what several scales find is merged outside, by the request's. */
function fixedIn(resize: ResizePlan): readonly FixedOption[] {
  const isMerged = resize.fit === 'shortest-edge' && resize.scales.length > 1;
  return isMerged ? ['minScore', 'maxDetections'] : ['minScore', 'iou', 'maxDetections', 'classAgnostic'];
}

interface DetectronInput {
  readonly name: string;
  readonly type: 'float32' | 'uint8';
  readonly height: number | null;
  readonly width: number | null;
}

function findInput(io: ModelIo): DetectronInput {
  const expected =
    "expected one input [3, height, width] of float32 or uint8, as Detectron2's tracing export writes it";
  const [input, ...others] = io.inputs;
  if (input === undefined || others.length > 0) {
    throw new Error(`${expected}, found ${io.inputs.length} inputs: ${formatTensorInfos(io.inputs)}`);
  }
  const [channels, height, width] = input.shape;
  if (input.shape.length !== 3 || (frozenAxis(channels) ?? 3) !== 3) {
    throw new Error(`${expected}, found ${formatTensorInfo(input)}`);
  }
  if (input.type !== 'float32' && input.type !== 'uint8') {
    throw new Error(`${expected}, found ${formatTensorInfo(input)}`);
  }
  return { name: input.name, type: input.type, height: frozenAxis(height), width: frozenAxis(width) };
}

/** Fewer names than the head has classes are fine: the file does not say how many it has, and heads are reused. */
function labelsOf({ labels }: Manifest): readonly string[] {
  if (typeof labels === 'string') {
    throw new Error(`the labels file ${labels} was not read before the model was described`);
  }
  return labels ?? [];
}
