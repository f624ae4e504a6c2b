import { describe, expect, test } from 'vitest';
import { alignColumns, countOf, describeDuration } from './terminal.ts';

const red = (text: string): string => `\u001B[31m${text}\u001B[0m`;

describe('columns', () => {
  test('are as wide as their widest cell, numbers to the right, colours of no width', () => {
    expect(
      alignColumns([
        ['name', 'state', 'queue'],
        ['reef', red('ready'), '12'],
        ['deep-sea', 'away', '3'],
      ]),
    ).toBe(`name      state  queue\nreef      ${red('ready')}     12\ndeep-sea  away       3`);
  });
});

test.each([
  [0.34, '0.3 s'],
  [30, '30 s'],
  [90, '1 min 30 s'],
  [7_500, '2 h 5 min'],
])('%f s are told as %s', (seconds, text) => {
  expect(describeDuration(seconds)).toBe(text);
});

test('one is one, and all others are many', () => {
  expect([countOf(0, 'file'), countOf(1, 'file'), countOf(2, 'file')]).toEqual([
    '0 files',
    '1 file',
    '2 files',
  ]);
});
