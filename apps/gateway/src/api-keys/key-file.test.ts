import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf, isApiKey, makeApiKey } from './api-key.ts';
import { KeyFileError, isKeyName, parseKeyFile, renderKeyFile } from './key-file.ts';

const digest = (fill: number): Buffer => Buffer.alloc(32, fill);
const hex = digest(7).toString('hex');

test('a key is recognised as one, no two are the same, and its hash does not show it', () => {
  const keys = Array.from({ length: 50 }, makeApiKey);
  expect(new Set(keys).size).toBe(50);
  for (const key of keys) {
    expect(isApiKey(key)).toBe(true);
    expect(Buffer.from(key.slice('shoal_'.length), 'base64url')).toHaveLength(32);
    expect(digestOf(key).toString('hex')).not.toContain(Buffer.from(key).toString('hex'));
  }
  for (const text of ['', 'shoal_', 'hunter2', `${keys[0]}x`, ` ${keys[0]}`])
    expect(isApiKey(text)).toBe(false);
});

test('what was written is read again, row for row', () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,62}$/), { maxLength: 20 });
  fc.assert(
    fc.property(names, (chosen) => {
      const rows = chosen.map((name, index) => ({ name, digest: digest(index), created: '2026-11-20' }));
      expect(parseKeyFile(renderKeyFile(rows))).toEqual(rows);
    }),
  );
});

test('comments, blank lines, blanks at the ends and line ends of Windows are no trouble', () => {
  const text = `# keys\r\n\r\n  vars \t ${hex}  2026-01-02  \r\n   # retired: old ${hex}\r\n`;
  expect(parseKeyFile(text)).toEqual([{ name: 'vars', digest: digest(7), created: '2026-01-02' }]);
  expect(parseKeyFile('')).toEqual([]);
});

describe('a file with one line that is wrong is refused as a whole', () => {
  test.each([
    ['no hash', 'vars'],
    ['the hash cut short', `vars ${hex.slice(1)} 2026-01-02`],
    ['no date', `vars ${hex}`],
    ['more than there should be', `vars ${hex} 2026-01-02 admin`],
    ['a name that Redis or a log would stumble over', `va:rs ${hex} 2026-01-02`],
    ['a name in capitals', `VARS ${hex} 2026-01-02`],
    ['a name without an end', `${'v'.repeat(64)} ${hex} 2026-01-02`],
  ])('%s', (_what, line) => {
    expect(() => parseKeyFile(`good ${hex} 2026-01-02\n${line}\n`)).toThrow(
      /^line 2: expected "name sha256 date"$/,
    );
  });

  test('a name that is there twice, and two problems at once', () => {
    const text = `a ${hex} 2026-01-02\nb\na ${hex} 2026-01-03\n`;
    expect(() => parseKeyFile(text)).toThrow(
      new KeyFileError('line 2: expected "name sha256 date"; line 3: "a" is there twice'),
    );
  });

  test('and what stands in the line is not repeated: it may be a key', () => {
    const key = makeApiKey();
    expect(() => parseKeyFile(key)).toThrow(KeyFileError);
    expect(() => parseKeyFile(key)).not.toThrow(key);
  });

  test('more keys than there may be', () => {
    const text = Array.from({ length: 1_001 }, (_, index) => `n${index} ${hex} 2026-01-02`).join('\n');
    expect(() => parseKeyFile(text)).toThrow('1001 keys, at most 1000');
  });
});

test('a name is short and plain', () => {
  for (const name of ['vars', 'vars-2', 'a.b_c', '7']) expect(isKeyName(name)).toBe(true);
  for (const name of ['', '-a', '.a', 'A', 'a b', 'a:b', 'a\n', '{a}', 'é'])
    expect(isKeyName(name)).toBe(false);
});
