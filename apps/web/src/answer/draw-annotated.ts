/**
 * The picture with its boxes and names, drawn at its native size: what the page shows, to be put into a report. Lines
 * and letters grow with the picture, since it will be looked at as a whole.
 */
import type { Detection } from '../api/wire.ts';
import { boxRectangle, type Size } from '../detections/box-geometry.ts';
import { labelColor } from '../detections/label-color.ts';
import { labelWords } from '../detections/label-words.ts';
import { placeLabels } from '../detections/place-labels.ts';

const DARK = 'rgb(0 0 0 / 70%)';
const INK = '#10181a';
/** Of a picture whose shorter side is this long, lines and letters have the size that they have on the page. */
const USUAL_SIDE = 640;
const LABEL_LIMITS = { always: 60, most: 400 };

/**
 * @param answeredSize the pixels that the boxes are in
 * @throws Error in words for people
 */
export async function drawAnnotated(
  pictureUrl: string,
  answeredSize: Size,
  detections: readonly Detection[],
): Promise<Blob> {
  const picture = new Image();
  picture.src = pictureUrl;
  await picture.decode().catch(() => {
    throw new Error('This browser cannot show the picture, and so cannot draw on it.');
  });
  const canvas = document.createElement('canvas');
  canvas.width = picture.naturalWidth;
  canvas.height = picture.naturalHeight;
  const brush = canvas.getContext('2d');
  if (brush === null) throw new Error('This browser gives no canvas to draw on.');
  brush.drawImage(picture, 0, 0);
  drawBoxes(brush, canvas, answeredSize, detections);

  const png = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (png === null) throw new Error('The picture is too large for this browser to draw on.');
  return png;
}

function drawBoxes(
  brush: CanvasRenderingContext2D,
  canvas: Size,
  answeredSize: Size,
  detections: readonly Detection[],
): void {
  const unit = Math.max(1, Math.min(canvas.width, canvas.height) / USUAL_SIDE);
  const [scaleX, scaleY] = [canvas.width / answeredSize.width, canvas.height / answeredSize.height];
  const boxes = detections.map(({ box }) => {
    const { x, y, width, height } = boxRectangle(box, answeredSize);
    return { x: x * scaleX, y: y * scaleY, width: width * scaleX, height: height * scaleY };
  });
  brush.lineJoin = 'round';
  brush.strokeStyle = DARK;
  brush.lineWidth = 4.5 * unit;
  for (const { x, y, width, height } of boxes) brush.strokeRect(x, y, width, height);
  brush.lineWidth = 2 * unit;
  for (const [index, { x, y, width, height }] of boxes.entries()) {
    brush.strokeStyle = labelColor(detections[index]!.label);
    brush.strokeRect(x, y, width, height);
  }

  brush.font = `600 ${12 * unit}px system-ui, sans-serif`;
  brush.textBaseline = 'middle';
  const padding = 5 * unit;
  const requests = boxes.map((box, index) => ({
    index,
    box,
    size: {
      width: brush.measureText(labelWords(detections[index]!)).width + 2 * padding,
      height: 19 * unit,
    },
  }));
  for (const { index, x, y, width, height } of placeLabels(requests, canvas, LABEL_LIMITS)) {
    brush.fillStyle = labelColor(detections[index]!.label);
    brush.fillRect(x, y, width, height);
    brush.strokeStyle = DARK;
    brush.lineWidth = unit;
    brush.strokeRect(x, y, width, height);
    brush.fillStyle = INK;
    brush.fillText(labelWords(detections[index]!), x + padding, y + height / 2 + 0.5 * unit);
  }
}
