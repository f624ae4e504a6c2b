/** The two forms of a box that the formats of others want, from corners in pixels. */
import type { PredictedDetection } from './picture-result.ts';
import { rounded } from './rounded.ts';

type BoxXyxy = PredictedDetection['box'];
type Xywh = readonly [x: number, y: number, width: number, height: number];

const PIXEL_DECIMALS = 2;
/** Steps of a side of the picture: four decimals, as MegaDetector itself writes. */
const STEPS = 10_000;

/** Pixels, the corner being rounded first, so that `x + width` is the other corner, rounded. */
export function pixelXywh({ x1, y1, x2, y2 }: BoxXyxy): Xywh {
  const [left, right] = [
    rounded(Math.min(x1, x2), PIXEL_DECIMALS),
    rounded(Math.max(x1, x2), PIXEL_DECIMALS),
  ];
  const [top, bottom] = [
    rounded(Math.min(y1, y2), PIXEL_DECIMALS),
    rounded(Math.max(y1, y2), PIXEL_DECIMALS),
  ];
  return [left, top, rounded(right - left, PIXEL_DECIMALS), rounded(bottom - top, PIXEL_DECIMALS)];
}

/** Parts of the picture's sides, 0 to 1; `x + width` and `y + height` are at most 1 as well, rounding included. */
export function relativeXywh(
  { x1, y1, x2, y2 }: BoxXyxy,
  image: { readonly width: number; readonly height: number },
): Xywh {
  const [left, right] = [steps(Math.min(x1, x2), image.width), steps(Math.max(x1, x2), image.width)];
  const [top, bottom] = [steps(Math.min(y1, y2), image.height), steps(Math.max(y1, y2), image.height)];
  return [left / STEPS, top / STEPS, (right - left) / STEPS, (bottom - top) / STEPS];
}

function steps(pixel: number, side: number): number {
  return side > 0 ? Math.round((Math.min(Math.max(pixel, 0), side) / side) * STEPS) : 0;
}
