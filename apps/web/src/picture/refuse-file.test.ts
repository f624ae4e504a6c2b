import { expect, test } from 'vitest';
import { refuseFile } from './refuse-file.ts';

const file = (name: string, type: string, size = 10) => ({ name, type, size });

test('pictures are taken, also of a kind that the browser has no name for', () => {
  expect(refuseFile(file('a.png', 'image/png'))).toBeUndefined();
  expect(refuseFile(file('a.tif', ''))).toBeUndefined();
});

test.each([
  ['a video', file('dive.mp4', 'video/mp4'), 'video'],
  ['a document', file('report.pdf', 'application/pdf'), 'not an image'],
  ['a drawing', file('logo.svg', 'image/svg+xml'), 'SVG'],
  ['an empty file', file('a.png', 'image/png', 0), 'empty'],
])('%s is refused by name, with what to do', (_kind, refused, because) => {
  const words = refuseFile(refused);
  expect(words).toContain(refused.name);
  expect(words).toContain(because);
  expect(words).toMatch(/[Cc]hoose/);
});
