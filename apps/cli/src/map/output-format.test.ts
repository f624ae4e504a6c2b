import { describe, expect, test } from 'vitest';
import { outputOf } from './output-format.ts';

describe('the form of the results', () => {
  test.each([
    ['results.jsonl', 'jsonl'],
    ['results', 'jsonl'],
    ['results.ndjson', 'jsonl'],
    ['results.json', 'json'],
    ['results.csv', 'csv'],
    ['RESULTS.CSV', 'csv'],
    ['a.b.coco.json', 'coco'],
    ['a.coco-results.json', 'coco-results'],
    ['a.megadetector.json', 'megadetector'],
  ])('of %s is %s', (file, format) => {
    expect(outputOf(file, undefined).format).toBe(format);
  });

  test('is the one that is asked for, whatever the name', () => {
    expect(outputOf('a.json', 'megadetector')).toEqual({
      format: 'megadetector',
      file: 'a.json',
      journal: 'a.json.journal.jsonl',
    });
    expect(outputOf('a.csv', 'jsonl')).toEqual({ format: 'jsonl', file: 'a.csv', journal: 'a.csv' });
  });

  test('goes to the standard output as lines only', () => {
    expect(outputOf(undefined, undefined)).toEqual({ format: 'jsonl', file: undefined, journal: undefined });
    expect(outputOf('-', 'jsonl').file).toBeUndefined();
    expect(() => outputOf(undefined, 'csv')).toThrow('--format csv: expected --out FILE');
  });
});
