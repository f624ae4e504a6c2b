import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boundJson } from './bound-json.ts';

const bound = (text: string) => () => boundJson(Buffer.from(text));
const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

test('whatever JSON is small and flat may be parsed, whatever its texts hold', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5, stringUnit: 'binary' }), (text) => {
      fc.pre(depthOf(JSON.parse(text)) <= 16);
      expect(bound(text)).not.toThrow();
    }),
  );
});

test('what goes deeper is refused, and brackets inside of texts do not count', () => {
  expect(bound('['.repeat(16) + ']'.repeat(16))).not.toThrow();
  expect(bound('['.repeat(17) + ']'.repeat(17))).toThrow('goes deeper');
  expect(bound('{"a":'.repeat(17))).toThrow('goes deeper');
  expect(bound(JSON.stringify(`\\"${'["{'.repeat(1_000)}\\`))).not.toThrow();
  // The quote that a backslash seems to hide ends the text, since the backslash is itself hidden.
  expect(bound(String.raw`"\\"${'['.repeat(17)}`)).toThrow('goes deeper');
});

describe('what is large', () => {
  const millions = 20_000_000;
  test.each([
    ['brackets', `[${'[],'.repeat(millions)}[]]`],
    ['numbers', `[${'1,'.repeat(millions)}1]`],
    ['short texts', `[${'"",'.repeat(millions)}""]`],
    ['white space', ' '.repeat(millions)],
  ])('%s are refused at once', (_what, text) => {
    const body = Buffer.from(text);
    const startedMs = performance.now();
    expect(() => boundJson(body)).toThrow('is larger');
    expect(performance.now() - startedMs).toBeLessThan(100);
  });

  test.each([
    ['base64', 'A'],
    ['hidden quotes', String.raw`\"`],
    ['backslashes', String.raw`\\`],
    ['line ends', String.raw`\n`],
  ])('a text of %s is not, and takes no time', (_what, piece) => {
    const body = Buffer.from(`{"image":"${piece.repeat(millions)}","model":"m"}`);
    const startedMs = performance.now();
    expect(() => boundJson(body)).not.toThrow();
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });
});

test('a text without an end is left to the parser', () => {
  expect(bound('{"a":"')).not.toThrow();
  expect(bound(String.raw`"\"`)).not.toThrow();
  expect(bound('')).not.toThrow();
});
