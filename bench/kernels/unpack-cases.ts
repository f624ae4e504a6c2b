/**
 * Output tensors to detections. 'scene': a dozen objects among anchors that see nothing, at the usual threshold.
 * 'flood': the threshold of an evaluation, which a fifth of the anchors pass.
 */
import { unpackDetections } from '../../apps/worker-yolo/src/unpack-detections.ts';
import { fitImage, toFloat16Bits } from '../../packages/vision/src/index.ts';
import type { ModelPlan } from '../../packages/worker-runtime/src/adapter.ts';
import type { KernelCase } from './cases.ts';
import { unpackPlainly } from './plain.ts';
import { SeededRandom } from '../../tools/demo-models/random.ts';

interface UnpackCase {
  readonly layout: 'rows' | 'columns';
  readonly anchors: number;
  readonly classes: number;
  readonly type: 'float32' | 'float16';
  readonly scene: 'scene' | 'flood';
}

const side = 640;
const objects = 12;
const scenes = {
  scene: { minScore: 0.25, share: 120 / 25_200 },
  flood: { minScore: 0.001, share: 0.2 },
};

/** The value at a row and a column of an output of rows, whatever its layout. */
function outputOf({ layout, anchors, classes, type, scene }: UnpackCase) {
  const source = new SeededRandom(classes);
  const random = () => source.between(0, 1);
  const extra = layout === 'rows' ? 5 : 4;
  const columns = classes + extra;
  const values = new Float32Array(anchors * columns);
  const set = (anchor: number, column: number, value: number): void => {
    values[layout === 'rows' ? anchor * columns + column : column * anchors + anchor] = value;
  };
  for (let anchor = 0; anchor < anchors; anchor += 1) {
    const seesSome = random() < scenes[scene].share;
    const object = Math.floor(random() * objects);
    const size = 20 + object * 12;
    const centre = [(((object * 7) % objects) + 0.5) * 50, (object + 0.5) * 50];
    const box = seesSome ? [...centre, size, size] : [random() * side, random() * side, 30, 30];
    for (const [column, value] of box.entries()) set(anchor, column, value + (random() - 0.5) * size * 0.1);
    for (let classId = 0; classId < classes; classId += 1) set(anchor, extra + classId, random() ** 4 * 5e-4);
    if (layout === 'rows') set(anchor, 4, seesSome ? 0.4 + random() * 0.5 : random() ** 4 * 5e-4);
    if (seesSome) set(anchor, extra + (object % classes), 0.4 + random() * 0.5);
  }
  const data = type === 'float32' ? values : Uint16Array.from(values, toFloat16Bits);
  const [first, second] = layout === 'rows' ? [anchors, columns] : [columns, anchors];
  return { layout, data, first, second };
}

const toCase = (asked: UnpackCase): KernelCase => {
  const { layout, anchors, classes, type, scene } = asked;
  const axes = layout === 'rows' ? [anchors, classes + 5] : [classes + 4, anchors];
  return {
    name: `unpack ${layout} [${axes.join(', ')}] ${type} ${scene}`,
    prepare() {
      const output = outputOf(asked);
      const suppression = { iou: 0.45, maxDetections: 300, classAgnostic: false };
      const options = { minScore: scenes[scene].minScore, ...suppression };
      const frame = { width: side, height: side };
      const [geometry] = fitImage({ fit: 'letterbox', sizes: [frame], padValue: 114 }, 1280, 720);
      const plan = { layout: { output: 'output0', outputLayout: layout } } as unknown as ModelPlan;
      const tensor = { type, data: output.data, dims: [1, output.first, output.second] };
      return {
        plain: () => unpackPlainly(output, options, geometry!),
        ours: () => unpackDetections({ output0: tensor }, [{ geometry: geometry!, options }], plan)[0],
      };
    },
  };
};

export const unpackCases: readonly KernelCase[] = (['scene', 'flood'] as const).flatMap((scene) =>
  [
    { layout: 'rows', anchors: 25_200, classes: 80 } as const,
    { layout: 'rows', anchors: 25_200, classes: 691 } as const,
    { layout: 'columns', anchors: 8400, classes: 80 } as const,
    { layout: 'columns', anchors: 25_200, classes: 691 } as const,
  ].flatMap((output) => (['float32', 'float16'] as const).map((type) => toCase({ ...output, type, scene }))),
);
