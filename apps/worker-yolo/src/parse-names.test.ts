import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseNames } from './parse-names.ts';

describe('names in the metadata of a file', () => {
  test.each([
    ['a Python dict', "{0: 'person', 1: 'traffic light'}", ['person', 'traffic light']],
    [
      'an apostrophe, for which Python changes the quotes',
      `{0: "dog's", 1: 'say "hi"'}`,
      ["dog's", 'say "hi"'],
    ],
    ['both quotes, where Python escapes', `{0: 'it\\'s "x"'}`, [`it's "x"`]],
    ['JSON', '{"0": "person", "1": "caf\\u00e9"}', ['person', 'café']],
    ['a list', "['person', 'bicycle']", ['person', 'bicycle']],
    ['a JSON list', '["person"]', ['person']],
    ['unusual order and spaces', "{ 1 : 'b' ,\n 0:'a' , }", ['a', 'b']],
    ['braces and commas inside a name', "{0: 'a, {b}: c'}", ['a, {b}: c']],
    ['backslashes', "{0: 'a\\\\b\\nc\\x41'}", ['a\\b\ncA']],
    ['numbers as names', '{0: 0, 1: 7.5}', ['0', '7.5']],
    ['a hole', "{2: 'c', 0: 'a'}", ['a', 'class_1', 'c']],
    ['nothing', '{}', []],
    ['an empty name', "{0: ''}", ['']],
  ])('are read from %s', (_, text, names) => {
    expect(parseNames(text)).toEqual(names);
  });

  test.each([
    '',
    'person',
    "{0: 'a'",
    "{0 'a'}",
    "{0: 'a'} x",
    "{x: 'a'}",
    "{0: __import__('os')}",
    "{0: 'a' 1: 'b'}",
    '{0: "a}',
  ])('are refused, not guessed, in %j', (text) => {
    expect(() => parseNames(text)).toThrow(/cannot be read: expected/);
  });

  test('an index too high for any model is refused before memory is taken for it', () => {
    expect(() => parseNames("{4000000000: 'a'}")).toThrow(/past the limit/);
  });

  test('JSON of any strings comes back', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 20 }), (names) => {
        expect(parseNames(JSON.stringify(names))).toEqual(names);
        expect(parseNames(JSON.stringify(Object.fromEntries(names.entries())))).toEqual(names);
      }),
    );
  });

  test('anything else gives names or an Error, and an answer in any case', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        let answer: unknown;
        try {
          answer = parseNames(text);
        } catch (error) {
          answer = error;
        }
        expect(Array.isArray(answer) || answer instanceof Error).toBe(true);
      }),
    );
  });
});
