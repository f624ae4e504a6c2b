import { expect, test } from 'vitest';
import { fileSizeWords } from './file-size-words.ts';

test('sizes read as a file manager would say them, with no step at a thousand', () => {
  expect([7, 999, 1_000, 486_700, 999_499, 999_500, 12_340_000].map(fileSizeWords)).toEqual([
    '7 B',
    '999 B',
    '1 kB',
    '487 kB',
    '999 kB',
    '1.0 MB',
    '12.3 MB',
  ]);
});
