/** How pictures are brought to the network's size; what may be in a file is tested beside this. */
import type { ResizePlan } from '@shoal/vision';
import { assert, asyncProperty, constantFrom, integer } from 'fast-check';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage } from './decode-image.ts';
import type { DecodedImage } from './decode-image.ts';

const limits = { imagePixelsMax: 50_000_000 };

const square = (side: number): ResizePlan => ({
  fit: 'letterbox',
  sizes: [{ width: side, height: side }],
  padValue: 114,
});

type Colour = readonly [r: number, g: number, b: number];
const red: Colour = [255, 0, 0];
const green: Colour = [0, 255, 0];
const blue: Colour = [0, 0, 255];
const white: Colour = [255, 255, 255];

function pixel(decoded: DecodedImage, x: number, y: number, view = 0): number[] {
  const { data, width } = decoded.views[view]!;
  const at = (y * width + x) * 3;
  return [...data.subarray(at, at + 3)];
}

/** Four quarters, clockwise from the upper left: red, green, blue, white. Each is `side` pixels wide and high. */
function quarters(width: number, height: number): Buffer {
  const data = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const top = y < height / 2;
      const left = x < width / 2;
      data.set(top ? (left ? red : green) : left ? white : blue, (y * width + x) * 3);
    }
  return data;
}

const picture = (width = 64, height = 32): Sharp =>
  sharp(quarters(width, height), { raw: { width, height, channels: 3 } });

const plain = ([r, g, b]: Colour, width = 16, height = 16): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: { r, g, b } } })
    .png()
    .toBuffer();

describe('views', () => {
  it('padding fills what the picture leaves, to exactly the network size', async () => {
    const decoded = await decodeImage(await picture(64, 32).png().toBuffer(), square(32), limits);
    const [view] = decoded.views;
    expect([view!.width, view!.height, view!.data.length]).toEqual([32, 32, 32 * 32 * 3]);
    expect(pixel(decoded, 0, 7)).toEqual([114, 114, 114]);
    expect(pixel(decoded, 0, 8)).toEqual(red);
    expect(pixel(decoded, 31, 23)).toEqual(blue);
    expect(pixel(decoded, 31, 24)).toEqual([114, 114, 114]);
  });

  it('a frozen input is padded right and bottom with its own value', async () => {
    const plan: ResizePlan = { fit: 'inside', width: 40, height: 24, padValue: 7 };
    const decoded = await decodeImage(await picture(64, 32).png().toBuffer(), plan, limits);
    expect(pixel(decoded, 0, 0)).toEqual(red);
    expect(pixel(decoded, 39, 19)).toEqual(blue);
    expect(pixel(decoded, 39, 20)).toEqual([7, 7, 7]);
  });

  it('several scales give several views of the same picture', async () => {
    const plan: ResizePlan = {
      fit: 'shortest-edge',
      scales: [
        { shortEdge: 16, longEdgeMax: 100 },
        { shortEdge: 48, longEdgeMax: 100 },
        { shortEdge: 48, longEdgeMax: 50 },
      ],
    };
    const decoded = await decodeImage(await picture(64, 32).png().toBuffer(), plan, limits);
    expect(decoded.views.map(({ width, height }) => [width, height])).toEqual([
      [32, 16],
      [96, 48],
      [50, 25],
    ]);
    for (const [i, { width, height }] of decoded.views.entries()) {
      expect(pixel(decoded, 1, 1, i)).toEqual(red);
      expect(pixel(decoded, width - 2, height - 2, i)).toEqual(blue);
    }
  });

  it('one of several views is the same to the pixel as that view alone', async () => {
    const bytes = await picture(200, 120).jpeg().toBuffer();
    const scales = [
      { shortEdge: 90, longEdgeMax: 400 },
      { shortEdge: 70, longEdgeMax: 400 },
    ];
    const together = await decodeImage(bytes, { fit: 'shortest-edge', scales }, limits);
    for (const [i, scale] of scales.entries()) {
      const alone = await decodeImage(bytes, { fit: 'shortest-edge', scales: [scale] }, limits);
      expect(alone.views[0]!.data).toEqual(together.views[i]!.data);
    }
  });

  it('each view owns its memory and can be moved to another thread', async () => {
    const { views } = await decodeImage(await picture().png().toBuffer(), square(32), limits);
    const { data } = views[0]!;
    expect(data.constructor).toBe(Uint8Array);
    expect(data.byteLength).toBe(data.buffer.byteLength);
    const before = data.slice();
    const moved = structuredClone(data, { transfer: [data.buffer as ArrayBuffer] });
    expect(moved).toEqual(before);
    expect(data.byteLength).toBe(0);
  });
});

/** Smooth in both directions, so that a shift by a fraction of a pixel shows. */
const gradient = (x: number, y: number): number => 20 + 5 * x + 2 * y;

async function scaled(width: number, height: number, plan: ResizePlan): Promise<DecodedImage> {
  const data = Buffer.alloc(width * height * 3);
  for (let i = 0; i < width * height; i++)
    data.fill(gradient(i % width, Math.floor(i / width)), i * 3, i * 3 + 3);
  const bytes = await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  return decodeImage(bytes, plan, limits);
}

describe('scaling', () => {
  const plans = {
    letterbox: (width: number, height: number) => ({
      fit: 'letterbox',
      sizes: [{ width, height }],
      padValue: 114,
    }),
    inside: (width: number, height: number) => ({ fit: 'inside', width, height, padValue: 0 }),
  } satisfies Record<string, (width: number, height: number) => ResizePlan>;

  it.each([
    ['letterbox', 20, 10],
    ['letterbox', 26, 13],
    ['letterbox', 80, 40],
    ['letterbox', 63, 32],
    ['inside', 20, 10],
    ['inside', 26, 13],
    ['inside', 80, 40],
    ['inside', 63, 32],
  ] as const)('%s to %i x %i: pixel centres stay where they were', async (fit, width, height) => {
    const decoded = await scaled(40, 20, plans[fit](width, height));
    const { resizedWidth, resizedHeight, padLeft, padTop } = decoded.geometries[0]!;
    // Points are exact but for rounding; a widened kernel also meets the border.
    const tolerance = fit === 'letterbox' ? 0.75 : 1.5;
    for (let y = 0; y < resizedHeight; y++)
      for (let x = 0; x < resizedWidth; x++) {
        // Beyond the outermost centres the outermost pixel is repeated.
        const atX = Math.min(39, Math.max(0, ((x + 0.5) * 40) / resizedWidth - 0.5));
        const atY = Math.min(19, Math.max(0, ((y + 0.5) * 20) / resizedHeight - 0.5));
        const difference = pixel(decoded, padLeft + x, padTop + y)[0]! - gradient(atX, atY);
        expect(Math.abs(difference), `at ${x}, ${y}`).toBeLessThanOrEqual(tolerance);
      }
  });

  it('a letterbox shrinks by single points as OpenCV does, a shortest edge by averages as PIL does', async () => {
    // Columns of black, black, black, white: at a quarter of the size, points fall on black alone, an average does not.
    const data = Buffer.alloc(128 * 128 * 3);
    for (let i = 0; i < 128 * 128; i++) data.fill(i % 4 === 3 ? 255 : 0, i * 3, i * 3 + 3);
    const bytes = await sharp(data, { raw: { width: 128, height: 128, channels: 3 } })
      .png()
      .toBuffer();
    const points = await decodeImage(bytes, square(32), limits);
    expect(pixel(points, 16, 16)).toEqual([0, 0, 0]);
    const scales = [{ shortEdge: 32, longEdgeMax: 32 }];
    const averages = await decodeImage(bytes, { fit: 'shortest-edge', scales }, limits);
    expect(pixel(averages, 16, 16)[0]).toBeGreaterThan(40);
  });

  it('every size comes out exactly, up to the most extreme proportions', async () => {
    const sizes = integer({ min: 1, max: 700 });
    const fits = constantFrom('letterbox', 'inside');
    await assert(
      asyncProperty(
        sizes,
        sizes,
        fits,
        sizes,
        sizes,
        async (width, height, fit, targetWidth, targetHeight) => {
          const bytes = await plain(green, width, height);
          const decoded = await decodeImage(bytes, plans[fit](targetWidth, targetHeight), limits);
          const { resizedWidth, resizedHeight, padLeft, padTop } = decoded.geometries[0]!;
          expect(decoded.views[0]!.data.length).toBe(targetWidth * targetHeight * 3);
          expect(pixel(decoded, padLeft, padTop)).toEqual(green);
          expect(pixel(decoded, padLeft + resizedWidth - 1, padTop + resizedHeight - 1)).toEqual(green);
        },
      ),
      {
        numRuns: 60,
        examples: [
          [700, 1, 'letterbox', 640, 640],
          [1, 700, 'inside', 320, 256],
        ],
      },
    );
  });
});
