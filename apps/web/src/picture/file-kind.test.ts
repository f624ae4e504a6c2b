import { expect, test } from 'vitest';
import { kindOf } from './file-kind.ts';

const file = (name: string, type: string, size = 10) => ({ name, type, size });

test('pictures are taken, also of a kind that the browser has no name for', () => {
  expect(kindOf(file('a.png', 'image/png'), true).kind).toBe('picture');
  expect(kindOf(file('a.tif', ''), true).kind).toBe('picture');
  expect(kindOf(file('a.tif', ''), false).kind).toBe('picture');
});

test('videos are told from pictures, by their ending where the browser has no name for them', () => {
  expect(kindOf(file('dive.mp4', 'video/mp4'), true).kind).toBe('video');
  expect(kindOf(file('dive.MKV', ''), false).kind).toBe('video');
});

test('a file of no known kind is tried when somebody chose it, and passed over in a folder', () => {
  expect(kindOf(file('frame', ''), true).kind).toBe('picture');
  expect(kindOf(file('frame', ''), false).kind).toBe('refused');
});

test.each([
  ['a document', file('report.pdf', 'application/pdf'), 'not an image'],
  ['a drawing', file('logo.svg', 'image/svg+xml'), 'SVG'],
  ['an empty file', file('a.png', 'image/png', 0), 'empty'],
])('%s is refused by name, with what to do', (_kind, refused, because) => {
  const kind = kindOf(refused, true);
  const words = kind.kind === 'refused' ? kind.words : '';
  expect(words).toContain(refused.name);
  expect(words).toContain(because);
  expect(words).toMatch(/[Cc]hoose/);
});
