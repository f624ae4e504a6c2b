import { expect, test } from 'vitest';
import { parseImageReference, taggedName } from './image-reference.ts';

const digest = `sha256:${'0a'.repeat(32)}`;

test.each([
  ['redis', { name: 'redis' }],
  ['redis:8', { name: 'redis', tag: '8' }],
  [`redis:8@${digest}`, { name: 'redis', tag: '8', digest }],
  [`redis@${digest}`, { name: 'redis', digest }],
  ['nvidia/cuda:12.8.1-cudnn', { name: 'nvidia/cuda', tag: '12.8.1-cudnn' }],
  ['mirror.example:5000/a/b', { name: 'mirror.example:5000/a/b' }],
  [`mirror.example:5000/a/b:v3@${digest}`, { name: 'mirror.example:5000/a/b', tag: 'v3', digest }],
])('%s is taken apart, and a port is no tag', (text, parts) => {
  expect(parseImageReference(text)).toEqual(parts);
});

test.each(['', 'redis:', 'redis:8@sha256:12', 'two words', '-redis', '${REDIS}', `redis:8@${digest}0`])(
  '"%s" is no reference',
  (text) => {
    expect(parseImageReference(text)).toBeUndefined();
  },
);

test('what a person chose is the name and the tag', () => {
  expect(taggedName(parseImageReference(`mirror.example:5000/a:v3@${digest}`)!)).toBe(
    'mirror.example:5000/a:v3',
  );
  expect(taggedName(parseImageReference(`a@${digest}`)!)).toBe('a');
});
