import { expect, test } from 'vitest';
import { verdictOn } from './verdict.ts';

test('a broken picture fails alone, a full queue holds the run, and a missing key stops it', () => {
  expect(verdictOn('image_undecodable')).toBe('picture');
  expect(verdictOn('overloaded')).toBe('hold');
  expect(verdictOn('unreachable')).toBe('hold');
  expect(verdictOn('unauthorized')).toBe('stop');
});

test('a code of a newer server is taken for the picture’s own, so that the run goes on', () => {
  expect(verdictOn('code_of_tomorrow')).toBe('picture');
});
