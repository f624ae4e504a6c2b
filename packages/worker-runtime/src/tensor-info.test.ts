import { expect, test } from 'vitest';
import { formatTensorInfo, formatTensorInfos, frozenAxis } from './tensor-info.ts';

test('an axis is frozen when it has a length', () => {
  expect([640, 0, -1, 'batch', '', undefined].map((axis) => frozenAxis(axis))).toEqual([
    640,
    null,
    null,
    null,
    null,
    null,
  ]);
});

test('a tensor is named with its type and axes, nameless free ones as a question mark', () => {
  const info = { name: 'images', type: 'float32', shape: ['batch', 3, -1, ''] };
  expect(formatTensorInfo(info)).toBe('images float32 [batch, 3, ?, ?]');
  expect(formatTensorInfos([info, { name: 'y', type: 'int64', shape: [] }])).toBe(
    'images float32 [batch, 3, ?, ?], y int64 []',
  );
  expect(formatTensorInfos([])).toBe('none');
});
