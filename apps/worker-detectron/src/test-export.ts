/**
 * For tests: ONNX files as Detectron2's tracing export writes them, small and with known contents, run by the real
 * runtime. The network "finds" fixed shares of whatever picture it gets, so its boxes are in network pixels as real
 * ones are.
 */
import { fitImage } from '@shoal/vision';
import type { Detection, DetectionOptions, ModelPlan } from '@shoal/worker-runtime/adapter';
import {
  onnxDataType,
  openSession,
  runBatch,
  testManifest,
  testModelPath,
} from '@shoal/worker-runtime/testing';
import type { OnnxGraph, OnnxValue } from '@shoal/worker-runtime/testing';
import { adapter } from './adapter.ts';

export interface TestExport {
  readonly input?: OnnxValue['shape'];
  readonly inputType?: 'float32' | 'uint8';
  /** Corners as shares of the network's input, 0 to 1. */
  readonly objects: readonly {
    readonly shares: readonly [number, number, number, number];
    readonly classId: number;
    readonly score: number;
  }[];
  /** The order of the outputs; 'masks' is there in Mask R-CNN only. */
  readonly order?: readonly ('boxes' | 'classes' | 'masks' | 'scores' | 'size')[];
  /** The declared shape of the boxes, by default [n, 4]. */
  readonly boxes?: OnnxValue['shape'];
}

function exportGraph(model: TestExport): OnnxGraph {
  const { input = [3, 'height', 'width'], inputType = 'float32', objects } = model;
  const count = objects.length;
  const outputs: Record<NonNullable<TestExport['order']>[number], OnnxValue> = {
    boxes: { name: 'value.1', type: 'float32', shape: model.boxes ?? ['n', 4] },
    classes: { name: '1042', type: 'int64', shape: ['n'] },
    masks: { name: 'value.7', type: 'float32', shape: ['n', 1, 28, 28] },
    scores: { name: 'value', type: 'float32', shape: ['n'] },
    size: { name: '1234', type: 'int64', shape: [2] },
  };
  const order = model.order ?? ['boxes', 'classes', 'scores', 'size'];
  const nodes = {
    boxes: [
      { op: 'Gather', inputs: ['shape', 'corners'], outputs: ['edges'] },
      { op: 'Cast', inputs: ['edges'], outputs: ['scale'], attributes: { to: onnxDataType('float32') } },
      { op: 'Mul', inputs: ['shares', 'scale'], outputs: ['value.1'] },
    ],
    classes: [{ op: 'Identity', inputs: ['classIds'], outputs: ['1042'] }],
    masks: [{ op: 'Identity', inputs: ['maskBits'], outputs: ['value.7'] }],
    scores: [{ op: 'Identity', inputs: ['confidences'], outputs: ['value'] }],
    size: [{ op: 'Gather', inputs: ['shape', 'rowsAndColumns'], outputs: ['1234'] }],
  };
  return {
    inputs: [{ name: 'x.1', type: inputType, shape: input }],
    outputs: order.map((kind) => outputs[kind]),
    nodes: [{ op: 'Shape', inputs: ['x.1'], outputs: ['shape'] }, ...order.flatMap((kind) => nodes[kind])],
    constants: [
      { name: 'corners', type: 'int64', dims: [4], data: BigInt64Array.of(2n, 1n, 2n, 1n) },
      { name: 'rowsAndColumns', type: 'int64', dims: [2], data: BigInt64Array.of(1n, 2n) },
      {
        name: 'shares',
        type: 'float32',
        dims: [count, 4],
        data: Float32Array.from(objects.flatMap(({ shares }) => shares)),
      },
      {
        name: 'classIds',
        type: 'int64',
        dims: [count],
        data: BigInt64Array.from(objects, ({ classId }) => BigInt(classId)),
      },
      {
        name: 'confidences',
        type: 'float32',
        dims: [count],
        data: Float32Array.from(objects, ({ score }) => score),
      },
      { name: 'maskBits', type: 'float32', dims: [count, 1, 28, 28], data: new Float32Array(count * 784) },
    ],
  };
}

export interface TestRun {
  readonly manifest?: Readonly<Record<string, unknown>>;
  readonly options?: Partial<DetectionOptions>;
  readonly width: number;
  readonly height: number;
}

export async function describeExport(
  model: TestExport,
  manifest: Readonly<Record<string, unknown>> = {},
): Promise<ModelPlan> {
  const session = await openSession(testModelPath(exportGraph(model)), { device: 'cpu' });
  try {
    return adapter.describe(session.io, testManifest(manifest));
  } finally {
    await session.release();
  }
}

/** Opens the export in the real runtime and detects in a grey picture; throws when it fails. */
export async function runExport(model: TestExport, run: TestRun): Promise<readonly Detection[]> {
  const session = await openSession(testModelPath(exportGraph(model)), { device: 'cpu' });
  try {
    const plan = adapter.describe(session.io, testManifest(run.manifest));
    const options = { minScore: 0.25, iou: 0.45, maxDetections: 300, classAgnostic: false, ...run.options };
    const geometries = fitImage(plan.resize, run.width, run.height);
    const views = geometries.map(({ width, height }) => ({
      width,
      height,
      data: new Uint8Array(width * height * 3).fill(128),
    }));
    const { outcomes } = await runBatch(session, adapter, plan, [{ geometries, views, options }]);
    const [outcome] = outcomes;
    if (!outcome?.ok) throw new Error(outcome?.error);
    return outcome.detections;
  } finally {
    await session.release();
  }
}
