import { describe, expect, test } from 'vitest';
import type { Detection, Tensor, Tensors } from '../adapter.ts';
import { areSameDetections, differenceOf } from './compare-outputs.ts';

const boxes = (dims: readonly number[], ...values: number[]): Tensor => ({
  type: 'float32',
  data: Float32Array.from(values),
  dims,
});
const alone: readonly Tensors[] = [{ y: boxes([1, 2], 0.5, 300) }, { y: boxes([1, 2], 0.1, 20) }];

const half = (bits: number): Tensor => ({ type: 'float16', data: Uint16Array.of(bits), dims: [1, 1] });
const whole = (value: bigint): Tensor => ({ type: 'int64', data: BigInt64Array.of(value), dims: [1, 1] });

describe('what comes out of a batch', () => {
  test('is the same within what the order of summing does', () => {
    expect(differenceOf({ y: boxes([2, 2], 0.504, 301, 0.1, 20.1) }, alone)).toBeUndefined();
  });

  test('differs where a score or a coordinate does, and the furthest off is named', () => {
    expect(differenceOf({ y: boxes([2, 2], 0.52, 300, 0.1, 20) }, alone)).toEqual({
      output: 'y',
      alone: 0.5,
      together: expect.closeTo(0.52) as number,
    });
    expect(differenceOf({ y: boxes([2, 2], 0.52, 300, 0.1, 80) }, alone)).toMatchObject({ together: 80 });
  });

  test('differs where pictures have changed places', () => {
    expect(differenceOf({ y: boxes([2, 2], 0.1, 20, 0.5, 300) }, alone)).toMatchObject({ output: 'y' });
  });

  test('differs where it is not a number, which nothing outdoes, and not where it is none alone either', () => {
    const nothing = { y: boxes([2, 2], NaN, 900, 0.1, 20) };
    expect(differenceOf(nothing, alone)).toMatchObject({ together: NaN });
    const both = [{ y: boxes([1, 2], NaN, Infinity) }];
    expect(differenceOf({ y: boxes([1, 2], NaN, Infinity) }, both)).toBeUndefined();
  });

  test('may have places that no picture is in', () => {
    expect(differenceOf({ y: boxes([4, 2], 0.5, 300, 0.1, 20, 7, 7, 7, 7) }, alone)).toBeUndefined();
  });

  test('of half precision and of whole numbers is compared by value', () => {
    expect(differenceOf({ y: half(0x3c00) }, [{ y: half(0x3c01) }])).toBeUndefined();
    expect(differenceOf({ y: half(0x3c00) }, [{ y: half(0x4000) }])).toMatchObject({ alone: 2, together: 1 });
    expect(differenceOf({ y: whole(3n) }, [{ y: whole(4n) }])).toMatchObject({ alone: 4, together: 3 });
  });

  test.each([
    ['rows of all pictures one after the other', boxes([3, 2], 1, 1, 1, 1, 1, 1), boxes([2, 2], 1, 1, 1, 1)],
    ['numbers of all pictures one after the other', boxes([4], 1, 1, 1, 1), boxes([2], 1, 1)],
    ['rows of another length', boxes([2, 2], 1, 1, 1, 1), boxes([1, 3], 1, 1, 1)],
    ['fewer places than pictures', boxes([1, 2], 1, 1), boxes([1, 2], 1, 1)],
    ['a number for all', boxes([], 1), boxes([], 1)],
  ])('cannot be compared: %s', (_what, together, single) => {
    expect(differenceOf({ y: together }, [{ y: single }, { y: single }])).toBe('incomparable');
  });
});

describe('what is detected', () => {
  const circle: Detection = { classId: 0, score: 0.8, box: { x1: 0, y1: 0, x2: 10, y2: 10 } };
  const square: Detection = { classId: 1, score: 0.79, box: { x1: 20, y1: 0, x2: 30, y2: 10 } };

  test('is the same in another order, within a tolerance', () => {
    const near = { ...square, score: 0.805 };
    expect(areSameDetections([[near, circle]], [[circle, square]])).toBe(true);
  });

  test.each([
    ['one less', [[circle]]],
    ['another class', [[circle, { ...square, classId: 2 }]]],
    ['another place', [[circle, { ...square, box: { x1: 23, y1: 0, x2: 33, y2: 10 } }]]],
    ['another score', [[circle, { ...square, score: 0.7 }]]],
    ['in another picture', [[], [circle, square]]],
  ])('differs: %s', (_what, together) => {
    expect(areSameDetections(together, [[circle, square]])).toBe(false);
  });

  test('says nothing where there is nothing', () => {
    expect(areSameDetections([[], []], [[], []])).toBe(false);
  });
});
