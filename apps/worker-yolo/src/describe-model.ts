/**
 * From what the file says and what the manifest adds to a plan. The file is asked first; a manifest that contradicts
 * it, and a file of another family or task, are refused with a sentence that names both values. Reads no pixels.
 */
import { formatTensorInfo, formatTensorInfos, frozenAxis } from '@shoal/worker-runtime/adapter';
import type { FixedOption, Manifest, ModelIo, ModelPlan } from '@shoal/worker-runtime/adapter';
import { findOutput } from './find-output.ts';
import { parseNames } from './parse-names.ts';
import { planResize } from './plan-resize.ts';
import { decideLayout } from './output-layout.ts';
import type { InnerAxes, OutputLayout } from './output-layout.ts';
import type { YoloLayout } from './yolo-plan.ts';

/** Where the file takes any number of images and the manifest has no opinion. */
const maxBatchDefault = 8;

export function describeModel(io: ModelIo, manifest: Manifest): ModelPlan {
  refuseOtherTasks(io.metadata);
  const input = findInput(io);
  const output = findOutput(io);
  const resize = planResize(input.height, input.width, io.metadata, manifest.input);
  const labels = labelsOf(io, manifest);
  const smallest = resize.sizes.reduce((a, b) => (a.width * a.height <= b.width * b.height ? a : b));
  const facts = {
    labelCount: labels.length === 0 ? null : labels.length,
    endToEnd: saysEndToEnd(io.metadata),
    saysDetection: io.metadata['task'] === 'detect',
    inputWidth: smallest.width,
    inputHeight: smallest.height,
  };
  const axes = [frozenAxis(output.shape[1]), frozenAxis(output.shape[2])] as const;
  const outputLayout = decideLayout(axes, facts);
  const layout: YoloLayout = {
    input: input.name,
    inputType: input.type,
    batch: input.batch,
    output: output.name,
    outputLayout,
    facts,
  };
  const classCount = classesOf(outputLayout, axes);
  return {
    labels,
    resize,
    maxBatch: Math.min(manifest.maxBatch ?? input.batch ?? maxBatchDefault, input.batch ?? Infinity),
    channels: manifest.input.channels ?? 'rgb',
    outputs: [output.name],
    ...(outputLayout === 'end-to-end' && { fixedOptions: fixedBy(io.metadata) }),
    ...(classCount !== null && { classCount }),
    layout,
  };
}

/** Null where the axis is free, or each row names its one class. */
function classesOf(layout: OutputLayout | null, [first, second]: InnerAxes): number | null {
  if (layout === 'rows') return second === null ? null : second - 5;
  if (layout === 'columns') return first === null ? null : first - 4;
  return null;
}

/** A head that is end-to-end gives its best few hundred, whatever they score; exports with `nms` have a threshold inside. */
function fixedBy(metadata: ModelIo['metadata']): readonly FixedOption[] {
  const fixed = ['iou', 'maxDetections', 'classAgnostic'] as const;
  return suppressesInside(metadata) ? ['minScore', ...fixed] : fixed;
}

interface YoloInput {
  readonly name: string;
  readonly type: 'float32' | 'float16';
  readonly batch: number | null;
  readonly height: number | null;
  readonly width: number | null;
}

function findInput(io: ModelIo): YoloInput {
  const expected = 'expected one input [batch, 3, height, width] of float32 or float16';
  const [input, ...others] = io.inputs;
  if (input === undefined || others.length > 0) {
    throw new Error(`${expected}, found ${io.inputs.length} inputs: ${formatTensorInfos(io.inputs)}`);
  }
  const [batch, channels, height, width] = input.shape;
  if (input.shape.length !== 4 || (frozenAxis(channels) ?? 3) !== 3) {
    throw new Error(`${expected}, found ${formatTensorInfo(input)}`);
  }
  if (input.type !== 'float32' && input.type !== 'float16') {
    throw new Error(`${expected}, found ${formatTensorInfo(input)}`);
  }
  return {
    name: input.name,
    type: input.type,
    batch: frozenAxis(batch),
    height: frozenAxis(height),
    width: frozenAxis(width),
  };
}

/** Ultralytics writes the task down; where it does not, the columns tell later. */
function refuseOtherTasks(metadata: ModelIo['metadata']): void {
  const { task, description } = metadata;
  const names: Readonly<Record<string, string>> = {
    segment: 'segmentation',
    pose: 'pose estimation',
    obb: 'oriented boxes',
    classify: 'classification',
  };
  if (task !== undefined && task !== 'detect') {
    const what = Object.hasOwn(names, task) ? `${names[task]} ("${task}")` : `"${task}"`;
    throw new Error(`the file says that its task is ${what}; expected "detect": only detection is served`);
  }
  if (description !== undefined && /rt-?detr/i.test(description)) {
    throw new Error(`the file describes itself as "${description}"; RT-DETR is not of the family yolo`);
  }
}

function saysEndToEnd(metadata: ModelIo['metadata']): boolean | null {
  const { end2end } = metadata;
  if (/^true$/i.test(end2end ?? '') || suppressesInside(metadata)) return true;
  return end2end === undefined ? null : false;
}

/** `nms` puts the suppression into the graph of a head that is not end-to-end itself, with the same outcome. */
function suppressesInside({ args }: ModelIo['metadata']): boolean {
  return /['"]nms['"]:\s*true\b/i.test(args ?? '');
}

function labelsOf(io: ModelIo, manifest: Manifest): readonly string[] {
  if (typeof manifest.labels === 'string') {
    throw new Error(`the labels file ${manifest.labels} was not read before the model was described`);
  }
  const names = io.metadata['names'];
  return manifest.labels ?? (names === undefined ? [] : parseNames(names));
}
