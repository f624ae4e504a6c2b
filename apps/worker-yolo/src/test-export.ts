/**
 * For tests: ONNX files in the layouts that YOLO exporters write, small and with known contents, run by the real
 * runtime. The network "sees" one thing only, the mean of a picture (0 black, 1 white), and scores everything by it, so
 * a test can tell which picture of a batch a result belongs to.
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
import type { OnnxConstant, OnnxGraph, OnnxValue } from '@shoal/worker-runtime/testing';
import { adapter } from './adapter.ts';

export interface TestObject {
  /** In pixels of the network's input. */
  readonly xyxy: readonly [number, number, number, number];
  readonly classId: number;
  /** The score in a white picture. */
  readonly score: number;
}

export interface TestExport {
  readonly layout: 'rows' | 'columns' | 'end-to-end';
  readonly classes: number;
  readonly anchors: number;
  readonly objects: readonly TestObject[];
  readonly input: OnnxValue['shape'];
  readonly inputType?: 'float32' | 'float16';
  /** The declared shape, where axes are to be free; by default the real one. */
  readonly output?: OnnxValue['shape'];
  readonly outputName?: string;
  readonly outputType?: 'float32' | 'float16';
  /** Outputs that are declared before the real one, all zeros. */
  readonly otherOutputs?: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly metadata?: Readonly<Record<string, string>>;
}

function exportGraph(model: TestExport): OnnxGraph {
  const { inputType = 'float32', outputType = 'float32', outputName = 'output0', otherOutputs = [] } = model;
  const inner = innerShape(model);
  const batch = typeof model.input[0] === 'number' ? model.input[0] : 'batch';
  return {
    inputs: [{ name: 'images', type: inputType, shape: model.input }],
    outputs: [
      ...otherOutputs.map(({ name, shape }): OnnxValue => ({ name, type: 'float32', shape })),
      { name: outputName, type: outputType, shape: model.output ?? [batch, ...inner] },
    ],
    nodes: [
      { op: 'Cast', inputs: ['images'], outputs: ['x'], attributes: { to: onnxDataType('float32') } },
      { op: 'ReduceMean', inputs: ['x'], outputs: ['mean4'], attributes: { axes: [1, 2, 3], keepdims: 1 } },
      { op: 'Reshape', inputs: ['mean4', 'meanShape'], outputs: ['mean'] },
      { op: 'Mul', inputs: ['mean', 'scores'], outputs: ['scaled'] },
      { op: 'Add', inputs: ['scaled', 'geometry'], outputs: ['y'] },
      // A shape that is computed from the pixels keeps the runtime from seeing through free axes.
      { op: 'ReduceMean', inputs: ['x'], outputs: ['any'], attributes: { keepdims: 0 } },
      { op: 'Mul', inputs: ['any', 'zero'], outputs: ['nothing'] },
      { op: 'Cast', inputs: ['nothing'], outputs: ['offset'], attributes: { to: onnxDataType('int64') } },
      { op: 'Add', inputs: ['outputShape', 'offset'], outputs: ['hiddenShape'] },
      { op: 'Reshape', inputs: ['y', 'hiddenShape'], outputs: ['z'] },
      {
        op: 'Cast',
        inputs: [model.output === undefined ? 'y' : 'z'],
        outputs: [outputName],
        attributes: { to: onnxDataType(outputType) },
      },
      ...otherOutputs.map(({ name }) => ({ op: 'Identity', inputs: [`zeros_${name}`], outputs: [name] })),
    ],
    constants: [
      { name: 'meanShape', type: 'int64', dims: [3], data: BigInt64Array.from([-1n, 1n, 1n]) },
      { name: 'zero', type: 'float32', dims: [1], data: Float32Array.of(0) },
      {
        name: 'outputShape',
        type: 'int64',
        dims: [3],
        data: BigInt64Array.from([-1n, ...inner.map(BigInt)]),
      },
      ...contents(model),
      ...otherOutputs.map(({ name, shape }): OnnxConstant => ({
        name: `zeros_${name}`,
        type: 'float32',
        dims: shape,
        data: new Float32Array(shape.reduce((a, b) => a * b)),
      })),
    ],
    ...(model.metadata === undefined ? {} : { metadata: model.metadata }),
  };
}

/** The plan that the adapter makes of the export; throws as it does. */
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

export interface TestRun {
  readonly manifest?: Readonly<Record<string, unknown>>;
  readonly options?: Partial<DetectionOptions>;
  /** One picture each: its brightness, 0 to 1, and its size (by default square, 64 pixels). */
  readonly pictures: readonly {
    readonly brightness: number;
    readonly width?: number;
    readonly height?: number;
  }[];
}

/** Opens the export in the real runtime and detects; throws when a picture fails. */
export async function runExport(model: TestExport, run: TestRun): Promise<readonly (readonly Detection[])[]> {
  const session = await openSession(testModelPath(exportGraph(model)), { device: 'cpu' });
  try {
    const plan = adapter.describe(session.io, testManifest(run.manifest));
    const options = { minScore: 0.25, iou: 0.45, maxDetections: 300, classAgnostic: false, ...run.options };
    const items = run.pictures.map(({ brightness, width = 64, height = 64 }) => {
      const geometries = fitImage(plan.resize, width, height);
      const views = geometries.map((view) => ({
        width: view.width,
        height: view.height,
        data: new Uint8Array(view.width * view.height * 3).fill(Math.round(brightness * 255)),
      }));
      return { geometries, views, options };
    });
    const { outcomes } = await runBatch(session, adapter, plan, items);
    return outcomes.map((outcome) => {
      if (!outcome.ok) throw new Error(outcome.error);
      return outcome.detections;
    });
  } finally {
    await session.release();
  }
}

function innerShape({ layout, classes, anchors }: TestExport): [number, number] {
  if (layout === 'rows') return [anchors, 5 + classes];
  return layout === 'columns' ? [4 + classes, anchors] : [anchors, 6];
}

/** What does not depend on the picture, and what is scaled by its brightness. */
function contents(model: TestExport): OnnxConstant[] {
  const { layout, objects } = model;
  const [first, second] = innerShape(model);
  const geometry = new Float32Array(first * second);
  const scores = new Float32Array(first * second);
  for (const [anchor, { xyxy, classId, score }] of objects.entries()) {
    const [x1, y1, x2, y2] = xyxy;
    const centred = [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1];
    if (layout === 'rows') {
      geometry.set([...centred, 1], anchor * second);
      scores[anchor * second + 5 + classId] = score;
    } else if (layout === 'columns') {
      for (const [row, value] of centred.entries()) geometry[row * second + anchor] = value;
      scores[(4 + classId) * second + anchor] = score;
    } else {
      geometry.set([...xyxy, 0, classId], anchor * second);
      scores[anchor * second + 4] = score;
    }
  }
  const dims = [1, first, second];
  return [
    { name: 'geometry', type: 'float32', dims, data: geometry },
    { name: 'scores', type: 'float32', dims, data: scores },
  ];
}
