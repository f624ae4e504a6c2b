import { expect, test } from 'vitest';
import { dotsOf, glyphHeight, glyphWidth, toDrawable } from './glyphs.ts';

const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));

test('every printable character of ASCII has dots of its own, inside its field', () => {
  const drawings = printable.map((character) => JSON.stringify(dotsOf(character)));
  expect(new Set(drawings).size).toBe(printable.length);
  for (const character of printable) {
    expect(toDrawable(character)).toBe(character);
    for (const [column, row] of dotsOf(character)) {
      expect(column).toBeLessThan(glyphWidth);
      expect(row).toBeLessThan(glyphHeight);
    }
  }
  expect(printable.filter((character) => dotsOf(character).length === 0)).toEqual([' ']);
});

test('accents go, and what has no dots is named by its code', () => {
  expect(toDrawable('Šimeček')).toBe('Simecek');
  expect(toDrawable('鱼 x')).toBe('U+9C7C x');
  expect(toDrawable('🐟')).toBe('U+1F41F');
});
