import { expect, test } from 'vitest';
import { labelColor } from './label-color.ts';

test('the hue of a name is the sum of its character codes, once around the circle', () => {
  // 97 + 98 + 99 = 294
  expect(labelColor('abc')).toBe('hsla(294, 100%, 85%, 1)');
  // 9 × 122 = 1098 = 3 × 360 + 18
  expect(labelColor('zzzzzzzzz')).toBe('hsla(18, 100%, 85%, 1)');
});

test('names outside of ASCII count by UTF-16 code, as charCodeAt does', () => {
  // U+1F41F is the pair D83D DC1F: 55357 + 56351 = 111708 = 310 × 360 + 108
  expect(labelColor('\u{1F41F}')).toBe('hsla(108, 100%, 85%, 1)');
});

test('a name without characters still has a colour', () => {
  expect(labelColor('')).toBe('hsla(0, 100%, 85%, 1)');
});
