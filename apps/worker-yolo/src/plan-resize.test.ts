import { testManifest } from '@shoal/worker-runtime/testing';
import { describe, expect, test } from 'vitest';
import { planResize } from './plan-resize.ts';

const inputOf = (input: Record<string, unknown>) => testManifest({ input }).input;
const stride = { stride: '32' };
const planMinimal = (input: Record<string, unknown>, metadata: Record<string, string>) =>
  planResize(null, null, metadata, inputOf({ fit: 'letterbox-min', ...input }));

describe('the sizes of a YOLO model', () => {
  test('are those of the file where it froze them', () => {
    expect(planResize(480, 640, {}, inputOf({}))).toEqual({
      fit: 'letterbox',
      sizes: [{ width: 640, height: 480 }],
      padValue: 114,
    });
    expect(
      planResize(480, 640, {}, inputOf({ width: 640, height: 480, fit: 'letterbox' })).sizes,
    ).toHaveLength(1);
  });

  test('are 640 square where neither file nor manifest says', () => {
    expect(planResize(null, null, stride, inputOf({})).sizes).toEqual([{ width: 640, height: 640 }]);
  });

  test('are square where the manifest says one side', () => {
    expect(planResize(null, null, stride, inputOf({ width: 1280 })).sizes).toEqual([
      { width: 1280, height: 1280 },
    ]);
    expect(planResize(null, null, stride, inputOf({ height: 320 })).sizes).toEqual([
      { width: 320, height: 320 },
    ]);
  });

  test("may depend on the picture's height", () => {
    const sizes = [
      { width: 1280, height: 1280, aboveHeight: 960 },
      { width: 640, height: 640 },
    ];
    expect(planResize(null, null, stride, inputOf({ sizes })).sizes).toEqual(sizes);
  });

  test('of the smallest rectangle take the stride of the file, or a multiple of it', () => {
    expect(planMinimal({}, { stride: '64' })).toMatchObject({ fit: 'letterbox-min', stride: 64 });
    expect(planMinimal({ stride: 64 }, stride)).toMatchObject({ stride: 64 });
    expect(planMinimal({}, { stride: '[8, 16, 32]' })).toMatchObject({ stride: 32 });
    expect(planMinimal({}, {})).toMatchObject({ stride: 32 });
  });

  test.each([
    ['another width', 640, 640, { width: 512 }, /input\.width is 512 .* 640 wide/],
    ['another height', 640, 640, { height: 512 }, /input\.height is 512 .* 640 high/],
    [
      'other sizes',
      640,
      640,
      { sizes: [{ width: 320, height: 640 }] },
      /input\.sizes\.width is 320 .* 640 wide/,
    ],
    [
      'the smallest rectangle of a frozen size',
      640,
      640,
      { fit: 'letterbox-min' },
      /letterbox-min .* 640x640/,
    ],
    [
      'the fit of another family',
      null,
      null,
      { fit: 'shortest-edge' },
      /shortest-edge .* letterbox or letterbox-min/,
    ],
    ['scales', null, null, { scales: [{ shortEdge: 1, longEdgeMax: 2 }] }, /input\.scales has no meaning/],
    ['a short edge', null, null, { shortEdge: 800 }, /input\.shortEdge has no meaning/],
    ['a size and sizes', null, null, { width: 640, sizes: [{ width: 640, height: 640 }] }, /twice/],
    ['a width beside the stride', null, null, { width: 650 }, /input\.width is 650, .* stride 32/],
    ['a height beside the stride', null, 640, { height: 650 }, /input\.height is 650, .* stride 32/],
    ['a stride that the file does not have', null, null, { stride: 48 }, /input\.stride is 48 .* 32/],
  ])('a manifest with %s is refused with both values', (_, height, width, input, sentence) => {
    expect(() => planResize(height, width, stride, inputOf(input))).toThrow(sentence);
  });
});
