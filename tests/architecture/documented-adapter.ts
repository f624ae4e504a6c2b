/** The adapter that `docs/adding-a-model.md` shows, as code that runs: the page holds what follows, word for word. */
import {
  hasArea,
  nonMaxSuppression,
  packPlanar,
  pixelTable,
  toImageBox,
} from '../../packages/vision/src/index.ts';
import { formatTensorInfos, frozenAxis } from '../../packages/worker-runtime/src/adapter.ts';
import type { Detection, ModelAdapter } from '../../packages/worker-runtime/src/adapter.ts';

const pixels = pixelTable('float32', 1 / 255);

export const adapter: ModelAdapter = {
  family: 'ssd',

  describe({ inputs, outputs }, manifest) {
    const [input, ...others] = inputs;
    const [batch, channels, height, width] = (input?.shape ?? []).map(frozenAxis);
    if (!input || others.length > 0 || batch !== null || channels !== 3 || !height || !width) {
      const found = `${inputs.length} inputs: ${formatTensorInfos(inputs)}`;
      throw new Error(`expected one input [any, 3, height, width] of a fixed size, found ${found}`);
    }
    if (!['boxes', 'scores'].every((name) => outputs.some((output) => output.name === name))) {
      throw new Error(`expected the outputs boxes and scores, found ${formatTensorInfos(outputs)}`);
    }
    return {
      labels: Array.isArray(manifest.labels) ? manifest.labels : [],
      resize: { fit: 'letterbox', sizes: [{ width, height }], padValue: 0 },
      maxBatch: manifest.maxBatch ?? 8,
      channels: manifest.input.channels ?? 'rgb',
      outputs: ['boxes', 'scores'],
      layout: { input: input.name },
    };
  },

  pack(images, plan) {
    const { width, height } = images[0]!;
    const values = 3 * width * height;
    const data = new Float32Array(images.length * values);
    for (const [index, image] of images.entries())
      packPlanar(image, plan.channels, pixels, data, index * values);
    const { input } = plan.layout as { input: string };
    return { [input]: { type: 'float32', data, dims: [images.length, 3, height, width] } };
  },

  unpack(outputs, items) {
    const boxes = outputs['boxes']!.data as Float32Array;
    const scores = outputs['scores']!.data as Float32Array;
    const [, rows = 0, classes = 0] = outputs['scores']!.dims;
    return items.map(({ geometry, options }, picture) => {
      const found: Detection[] = [];
      for (let row = picture * rows; row < (picture + 1) * rows; row += 1) {
        // The file gives corners as parts of the input's sides.
        const [x1, y1, x2, y2] = boxes.subarray(row * 4, row * 4 + 4) as unknown as [
          number,
          number,
          number,
          number,
        ];
        const { width, height } = geometry;
        const box = toImageBox(
          { x1: x1 * width, y1: y1 * height, x2: x2 * width, y2: y2 * height },
          geometry,
        );
        for (let classId = 0; classId < classes; classId += 1) {
          const score = scores[row * classes + classId]!;
          const isWanted = options.classIds?.includes(classId) ?? true;
          if (score >= options.minScore && isWanted && hasArea(box)) found.push({ classId, score, box });
        }
      }
      const candidates = {
        count: found.length,
        xyxy: Float64Array.from(found.flatMap(({ box }) => [box.x1, box.y1, box.x2, box.y2])),
        scores: Float64Array.from(found, ({ score }) => score),
        classIds: Int32Array.from(found, ({ classId }) => classId),
      };
      return nonMaxSuppression(candidates, options).map((index) => found[index]!);
    });
  },
};
