// Measures a detector on scenes of a series, whatever the detector is: a session in this process or a server far
// away. It draws the scenes in memory and judges the answers; it loads no model.
import { averagePrecision, meanOf } from './mean-average-precision.ts';
import type { ClassPrecision, Detection, Judged } from './mean-average-precision.ts';
import type { Raster } from './rasterise.ts';
import { SHAPES, drawScene } from './scenes.ts';

/** Boxes come back in pixels of the picture given, class ids as places in `SHAPES`. */
export type Detect = (picture: Raster) => Promise<readonly Detection[]>;

export interface Evaluation {
  readonly classes: readonly (ClassPrecision & { readonly label: string })[];
  /** Mean average precision at IoU 0.5, in [0, 1]. */
  readonly meanAveragePrecision: number;
}

const IOU_MIN = 0.5;

export const evaluateScenes = async (series: {
  readonly seed: number;
  readonly count: number;
  readonly detect: Detect;
}): Promise<Evaluation> => {
  const pictures: Judged[] = [];
  for (let index = 0; index < series.count; index += 1) {
    const { objects, ...picture } = drawScene(series.seed, index);
    pictures.push({ truths: objects, detections: await series.detect(picture) });
  }
  const classes = SHAPES.map((label, classId) => ({
    label,
    ...averagePrecision(pictures, classId, IOU_MIN),
  }));
  return { classes, meanAveragePrecision: meanOf(classes) };
};
