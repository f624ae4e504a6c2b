import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitImage } from './fit-image.ts';
import type { Geometry, ResizePlan } from './image.ts';

const square = (side: number): ResizePlan => ({
  fit: 'letterbox',
  sizes: [{ width: side, height: side }],
  padValue: 114,
});
const minimal = (side: number, stride = 32): ResizePlan => ({
  fit: 'letterbox-min',
  sizes: [{ width: side, height: side }],
  stride,
  padValue: 114,
});
const shortest = (shortEdge: number, longEdgeMax: number): ResizePlan => ({
  fit: 'shortest-edge',
  scales: [{ shortEdge, longEdgeMax }],
});

const only = (views: readonly Geometry[]): Geometry => {
  expect(views).toHaveLength(1);
  return views[0]!;
};
/** [resized width, resized height, left, top, width, height] */
const numbers = (view: Geometry): number[] => [
  view.resizedWidth,
  view.resizedHeight,
  view.padLeft,
  view.padTop,
  view.width,
  view.height,
];

describe('letterbox', () => {
  test.each([
    ['a higher picture is padded left and right', 810, 1080, [480, 640, 80, 0, 640, 640]],
    ['a wider picture is padded at top and bottom', 1280, 720, [640, 360, 0, 140, 640, 640]],
    ['a small picture is enlarged', 32, 16, [640, 320, 0, 160, 640, 640]],
    ['the odd pixel of padding goes right', 1200, 1800, [427, 640, 106, 0, 640, 640]],
    ['a half is rounded to the even number, as in Python', 1280, 961, [640, 480, 0, 80, 640, 640]],
    ['and up where up is even', 1280, 963, [640, 482, 0, 79, 640, 640]],
    ['a line of pixels stays one pixel high', 5000, 1, [640, 1, 0, 319, 640, 640]],
  ])('%s', (_, width, height, expected) => {
    expect(numbers(only(fitImage(square(640), width, height)))).toEqual(expected);
  });

  test("the size may depend on the picture's height, above the given number and not at it", () => {
    const plan: ResizePlan = {
      fit: 'letterbox',
      sizes: [
        { width: 1280, height: 1280, aboveHeight: 960 },
        { width: 640, height: 640 },
      ],
      padValue: 114,
    };
    expect(only(fitImage(plan, 1280, 960)).width).toBe(640);
    expect(only(fitImage(plan, 1280, 961)).width).toBe(1280);
  });

  test('a plan without a size for the picture is an error, not a guess', () => {
    const plan: ResizePlan = {
      fit: 'letterbox',
      sizes: [{ width: 9, height: 9, aboveHeight: 99 }],
      padValue: 0,
    };
    expect(() => fitImage(plan, 10, 10)).toThrow(/no size for a picture 10 pixels high/);
  });
});

describe('the smallest letterbox', () => {
  test.each([
    ['bus.jpg at 640 is 480 wide', 640, 32, 810, 1080, [480, 640, 0, 0, 480, 640]],
    ['720p at 640 is padded to 384 rows', 640, 32, 1280, 720, [640, 360, 0, 12, 640, 384]],
    ['a stride of 64 pads to its multiple', 1280, 64, 1999, 1500, [1280, 960, 0, 0, 1280, 960]],
    ['an odd remainder goes right', 640, 32, 1200, 1800, [427, 640, 10, 0, 448, 640]],
  ])('%s', (_, side, stride, width, height, expected) => {
    expect(numbers(only(fitImage(minimal(side, stride), width, height)))).toEqual(expected);
  });
});

describe('shortest edge', () => {
  test.each([
    ['the shorter edge is scaled to its length', 800, 1333, 640, 480, [1067, 800]],
    ['the longer edge is held under its limit', 800, 1333, 2000, 1000, [1333, 667]],
    ['a higher picture likewise', 800, 1333, 1000, 2000, [667, 1333]],
    ['the golden 640x480 is 341 wide', 256, 427, 640, 480, [341, 256]],
    ['a half is rounded up, not to even', 3, 100, 5, 2, [8, 3]],
    ['a square is scaled to the short edge', 540, 960, 7, 7, [540, 540]],
    ['a line stays one pixel high', 800, 1333, 100_000, 10, [1333, 1]],
  ])('%s', (_, shortEdge, longEdgeMax, width, height, [expectedWidth, expectedHeight]) => {
    const view = only(fitImage(shortest(shortEdge, longEdgeMax), width, height));
    expect(numbers(view)).toEqual([expectedWidth, expectedHeight, 0, 0, expectedWidth, expectedHeight]);
  });

  test('several scales give as many views, in their order', () => {
    const plan: ResizePlan = {
      fit: 'shortest-edge',
      scales: [
        { shortEdge: 720, longEdgeMax: 1280 },
        { shortEdge: 540, longEdgeMax: 960 },
        { shortEdge: 1080, longEdgeMax: 1920 },
      ],
    };
    expect(fitImage(plan, 1920, 1080).map(({ width, height }) => [width, height])).toEqual([
      [1280, 720],
      [960, 540],
      [1920, 1080],
    ]);
  });
});

describe('inside a frozen frame', () => {
  const plan: ResizePlan = { fit: 'inside', width: 320, height: 256, padValue: 0 };
  test.each([
    ['what has its proportions fills it', 640, 512, [320, 256, 0, 0, 320, 256]],
    ['what is wider is padded below', 640, 480, [320, 240, 0, 0, 320, 256]],
    ['what is higher is padded on the right', 100, 256, [100, 256, 0, 0, 320, 256]],
    ['what is smaller is enlarged', 10, 4, [320, 128, 0, 0, 320, 256]],
  ])('%s', (_, width, height, expected) => {
    expect(numbers(only(fitImage(plan, width, height)))).toEqual(expected);
  });
});

test.each([0, -1, NaN])('a picture %d pixels wide is refused', (width) => {
  expect(() => fitImage(square(640), width, 10)).toThrow(/at least 1x1 pixels/);
});

const size = fc.integer({ min: 1, max: 20_000 });
const side = fc.integer({ min: 1, max: 60 }).map((strides) => strides * 32);
const framed = fc.oneof(
  fc
    .record({ width: side, height: side })
    .map((rule): ResizePlan => ({ fit: 'letterbox', sizes: [rule], padValue: 114 })),
  fc
    .record({ width: side, height: side })
    .map((rule): ResizePlan => ({ ...minimal(1), sizes: [rule] }) as ResizePlan),
  fc
    .record({ width: side, height: side })
    .map((frame): ResizePlan => ({ fit: 'inside', ...frame, padValue: 0 })),
);
const plans = fc.oneof(
  framed,
  fc
    .record({ shortEdge: side, longEdgeMax: side })
    .map(({ shortEdge, longEdgeMax }) => shortest(shortEdge, longEdgeMax)),
);

test('the resized picture always lies inside the view, and is never empty', () => {
  fc.assert(
    fc.property(plans, size, size, (plan, width, height) => {
      const view = only(fitImage(plan, width, height));
      expect(view.resizedWidth).toBeGreaterThanOrEqual(1);
      expect(view.resizedHeight).toBeGreaterThanOrEqual(1);
      expect(view.padLeft).toBeGreaterThanOrEqual(0);
      expect(view.padTop).toBeGreaterThanOrEqual(0);
      expect(view.padLeft + view.resizedWidth).toBeLessThanOrEqual(view.width);
      expect(view.padTop + view.resizedHeight).toBeLessThanOrEqual(view.height);
      for (const value of numbers(view)) expect(Number.isInteger(value)).toBe(true);
    }),
  );
});

test('a frame is touched on one side at least, and never passed', () => {
  fc.assert(
    fc.property(framed, size, size, (plan, width, height) => {
      const view = only(fitImage(plan, width, height));
      const frame = 'sizes' in plan ? plan.sizes[0]! : (plan as { width: number; height: number });
      expect(view.resizedWidth === frame.width || view.resizedHeight === frame.height).toBe(true);
      expect(view.width).toBeLessThanOrEqual(frame.width);
      expect(view.height).toBeLessThanOrEqual(frame.height);
      // Whole, or in whole strides.
      const whole =
        plan.fit === 'letterbox-min'
          ? [view.width % 32, view.height % 32]
          : [view.width - frame.width, view.height - frame.height];
      expect(whole).toEqual([0, 0]);
    }),
  );
});

test('padding is split evenly, but for one pixel on the right and at the bottom', () => {
  fc.assert(
    fc.property(fc.constantFrom(square(640), minimal(640)), size, size, (plan, width, height) => {
      const view = only(fitImage(plan, width, height));
      const right = view.width - view.resizedWidth - view.padLeft;
      const bottom = view.height - view.resizedHeight - view.padTop;
      expect([0, 1]).toContain(right - view.padLeft);
      expect([0, 1]).toContain(bottom - view.padTop);
    }),
  );
});
