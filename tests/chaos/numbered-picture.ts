/**
 * Pictures of which no two are alike: each number has a size of its own and one shape in a place of its own, so that
 * an answer tells which picture it belongs to. Draws and judges; knows nothing of requests.
 */
import sharp from 'sharp';
import type { LabeledDetection, Result } from '../../packages/shared/src/contract/index.ts';
import { SeededRandom } from '../../tools/demo-models/random.ts';
import {
  paintGround,
  paintShape,
  type BoxXyxy,
  type Raster,
  type Rgb,
} from '../../tools/demo-models/rasterise.ts';
import { SHAPES } from '../../tools/demo-models/scenes.ts';
import { colours, type Behaviour } from '../fixtures/scripted-worker/colours.ts';

export interface NumberedPicture {
  readonly width: number;
  readonly height: number;
  readonly label: (typeof SHAPES)[number];
  /** The shape's box, in pixels. */
  readonly boxXyxy: BoxXyxy;
}

/** A prime, so that width and height together name the number; beyond the square of it sizes come again. */
const sizesOfSide = 127;
const widthMin = 168;
const heightMin = 152;
const iouMin = 0.5;

export function numberedPicture(seed: number, number: number): NumberedPicture {
  const random = new SeededRandom(seed, number);
  const width = widthMin + (number % sizesOfSide);
  const height = heightMin + (Math.floor(number / sizesOfSide) % sizesOfSide);
  const side = Math.round(Math.min(width, height) * random.between(0.36, 0.5));
  const x1 = random.integer(4, width - side - 4);
  const y1 = random.integer(4, height - side - 4);
  return { width, height, label: random.pick(SHAPES), boxXyxy: [x1, y1, x1 + side, y1 + side] };
}

/** As PNG. */
export function drawNumbered(seed: number, number: number): Promise<Buffer> {
  const { width, height, label, boxXyxy } = numberedPicture(seed, number);
  const random = new SeededRandom(seed ^ 0x5eed, number);
  const raster: Raster = { width, height, rgb: new Uint8Array(width * height * 3) };
  // Dark ground and a light shape, or the other way round: always easy to see.
  const [ground, shape] =
    random.integer(0, 1) === 0
      ? [
          [20, 90],
          [190, 250],
        ]
      : [
          [170, 240],
          [5, 70],
        ];
  const colourWithin = ([low = 0, high = 0]: readonly number[]): Rgb => [
    random.integer(low, high),
    random.integer(low, high),
    random.integer(low, high),
  ];
  const corners = Array.from({ length: 4 }, () => colourWithin(ground));
  paintGround(raster, { columns: 2, rows: 2, colours: corners, noise: 2 }, random);
  paintShape(raster, label, boxXyxy, colourWithin(shape));
  return encode(raster);
}

/** Of the same size as the numbered picture, but of the one colour that the scripted worker obeys. */
export function drawScripted(seed: number, number: number, behaviour: Behaviour): Promise<Buffer> {
  const { width, height } = numberedPicture(seed, number);
  const [r, g, b] = colours[behaviour];
  return sharp({ create: { width, height, channels: 3, background: { r, g, b } } })
    .png()
    .toBuffer();
}

function encode({ rgb, width, height }: Raster): Promise<Buffer> {
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toBuffer();
}

/** Why an answer cannot be this picture's, or undefined when it can. A picture that is plain has no shape. */
export function mismatchOf(picture: NumberedPicture, result: Result, isPlain = false): string | undefined {
  if (result.status !== 'succeeded') return undefined;
  const { image, detections } = result;
  if (image.width !== picture.width || image.height !== picture.height) {
    return `a picture of ${picture.width}×${picture.height} got the answer of one of ${image.width}×${image.height}`;
  }
  if (isPlain) return undefined;
  const isFound = detections.some(
    ({ label, box }) => label === picture.label && overlapOf(box, picture.boxXyxy) >= iouMin,
  );
  if (isFound) return undefined;
  const found = detections.map(({ label, box }) => `${label} at ${Math.round(box.x1)},${Math.round(box.y1)}`);
  const { label, boxXyxy } = picture;
  return `a ${label} at ${boxXyxy[0]},${boxXyxy[1]} got the answer ${found.join('; ') || 'that nothing is there'}`;
}

/** Intersection over union. */
function overlapOf({ x1, y1, x2, y2 }: LabeledDetection['box'], other: BoxXyxy): number {
  const width = Math.max(0, Math.min(x2, other[2]) - Math.max(x1, other[0]));
  const height = Math.max(0, Math.min(y2, other[3]) - Math.max(y1, other[1]));
  const both = width * height;
  const area = (x2 - x1) * (y2 - y1) + (other[2] - other[0]) * (other[3] - other[1]) - both;
  return area <= 0 ? 0 : both / area;
}
