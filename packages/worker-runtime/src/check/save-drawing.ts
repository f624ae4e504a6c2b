/** The picture of a check with what was found in it, as a PNG file. Decoded by the worker's own step, so EXIF and limits hold. */
import { writeFile } from 'node:fs/promises';
import type { RgbImage } from '@shoal/vision';
import { decodeImage } from '../flow/decode-image.ts';
import type { RunFindings } from './check-report.ts';
import { drawBoxes } from './draw-boxes.ts';
import { encodePng } from './encode-png.ts';

/** Boxes can be judged in this, and a picture of a hundred megapixels would be a file of as many bytes. */
const edgeMax = 2_560;

/** Throws what `writeFile` does. */
export async function saveDrawing(
  path: string,
  bytes: Uint8Array,
  { width, height, detections }: RunFindings,
  imagePixelsMax: number,
): Promise<void> {
  const shrink = Math.min(1, edgeMax / Math.max(width, height));
  const size = { width: Math.round(width * shrink) || 1, height: Math.round(height * shrink) || 1 };
  const { views } = await decodeImage(bytes, { fit: 'inside', ...size, padValue: 0 }, { imagePixelsMax });
  const image: RgbImage = views[0]!;
  const [x, y] = [size.width / width, size.height / height];
  drawBoxes(
    image,
    detections.map(({ label, score, box: { x1, y1, x2, y2 } }) => ({
      label,
      score,
      box: { x1: x1 * x, y1: y1 * y, x2: x2 * x, y2: y2 * y },
    })),
  );
  await writeFile(path, await encodePng(image));
}
