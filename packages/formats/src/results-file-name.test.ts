import { expect, test } from 'vitest';
import { resultsFileName } from './results-file-name.ts';

const at = new Date(Date.UTC(2026, 10, 20, 10, 38, 5, 7));

test('an answer is saved under the picture and the moment', () => {
  expect(resultsFileName('dive 12.png', at)).toBe('Results__dive 12.png__2026-11-20T10:38:05.007Z.json');
});

test('a name with separators stays one file, and a picture without a name still gets one', () => {
  expect(resultsFileName('a/b\\c.png', at)).toBe('Results__a_b_c.png__2026-11-20T10:38:05.007Z.json');
  expect(resultsFileName('', at)).toBe('Results__picture__2026-11-20T10:38:05.007Z.json');
});

test('another format is another ending of the same name', () => {
  expect(resultsFileName('a.png', at, '.csv')).toBe('Results__a.png__2026-11-20T10:38:05.007Z.csv');
});
