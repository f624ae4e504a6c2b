// Fits a scene into the square that the YOLO demo was trained on: scaled by the smaller ratio, centred, the rest
// filled with grey 114, as YOLOv5 does. Two resamplers, because the model must not depend on which one a server
// uses. Used for training data and for the direct evaluation; the server has its own, in the vision package.
import sharp from 'sharp';
import type { Raster } from './rasterise.ts';

export interface Letterbox {
  /** Network pixels per picture pixel. */
  readonly scale: number;
  /** Where the picture's top left corner lies, in network pixels. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export type Resampler = 'bilinear' | 'area';

const GREY = 114;

/** YOLOv5's rounding: an odd pixel of padding goes to the right and the bottom. */
export const letterboxOf = (width: number, height: number, side: number): Letterbox => {
  const scale = Math.min(side / width, side / height);
  const fitted = { width: Math.round(width * scale), height: Math.round(height * scale) };
  return {
    scale,
    ...fitted,
    left: Math.floor((side - fitted.width) / 2),
    top: Math.floor((side - fitted.height) / 2),
  };
};

/** Each output pixel mixes the four input pixels nearest to its centre, however much smaller it is: OpenCV's INTER_LINEAR. */
const resizeBilinear = (raster: Raster, width: number, height: number): Uint8Array => {
  const out = new Uint8Array(width * height * 3);
  const lastColumn = raster.width - 1;
  const lastRow = raster.height - 1;
  for (let y = 0; y < height; y += 1) {
    const sourceY = Math.min(Math.max(((y + 0.5) * raster.height) / height - 0.5, 0), lastRow);
    const above = Math.floor(sourceY);
    const below = Math.min(above + 1, lastRow);
    for (let x = 0; x < width; x += 1) {
      const sourceX = Math.min(Math.max(((x + 0.5) * raster.width) / width - 0.5, 0), lastColumn);
      const before = Math.floor(sourceX);
      const after = Math.min(before + 1, lastColumn);
      const [downShare, rightShare] = [sourceY - above, sourceX - before];
      for (let channel = 0; channel < 3; channel += 1) {
        const at = (row: number, column: number): number =>
          raster.rgb[(row * raster.width + column) * 3 + channel] as number;
        const top = at(above, before) * (1 - rightShare) + at(above, after) * rightShare;
        const bottom = at(below, before) * (1 - rightShare) + at(below, after) * rightShare;
        out[(y * width + x) * 3 + channel] = Math.round(top * (1 - downShare) + bottom * downShare);
      }
    }
  }
  return out;
};

const resizeArea = async (raster: Raster, width: number, height: number): Promise<Uint8Array> =>
  sharp(raster.rgb, { raw: { width: raster.width, height: raster.height, channels: 3 } })
    .resize(width, height, { fit: 'fill', kernel: 'linear' })
    .raw()
    .toBuffer();

/** The picture at network size: interleaved RGB bytes, length side × side × 3, and the geometry to undo it. */
export const letterbox = async (
  raster: Raster,
  side: number,
  resampler: Resampler,
): Promise<{ readonly rgb: Uint8Array; readonly geometry: Letterbox }> => {
  const geometry = letterboxOf(raster.width, raster.height, side);
  const { width, height, left, top } = geometry;
  const fitted =
    resampler === 'bilinear'
      ? resizeBilinear(raster, width, height)
      : await resizeArea(raster, width, height);
  const rgb = new Uint8Array(side * side * 3).fill(GREY);
  for (let y = 0; y < height; y += 1) {
    rgb.set(fitted.subarray(y * width * 3, (y + 1) * width * 3), ((top + y) * side + left) * 3);
  }
  return { rgb, geometry };
};
