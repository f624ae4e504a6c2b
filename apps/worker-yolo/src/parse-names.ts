/**
 * The labels that an export carries in its metadata. YOLOv5 and Ultralytics write Python's `str(dict)` there, some
 * tools JSON or a list; all three are read by one small grammar, and nothing is ever evaluated.
 */

const namesMax = 100_000;

/**
 * `{0: 'person', 1: "dog's"}`, `{"0": "person"}` or `['person']` to names by index; a hole is named `class_N`.
 * Throws an Error when the text is none of these.
 */
export function parseNames(text: string): readonly string[] {
  const scanner = newScanner(text.trim());
  const entries = scanner.peek() === '[' ? readList(scanner) : readDict(scanner);
  if (!scanner.atEnd()) throw scanner.error('the end');
  const names: string[] = [];
  for (const [index, name] of entries) {
    if (index >= namesMax) throw new Error(`class ${index} is past the limit of ${namesMax} names`);
    names[index] = name;
  }
  return Array.from(names, (name, index) => name ?? `class_${index}`);
}

interface Scanner {
  peek(): string;
  /** True and past the character when it is the next one. */
  take(character: string): boolean;
  expect(character: string): void;
  /** The text that a sticky pattern matches here, or undefined; whitespace before it is skipped. */
  match(pattern: RegExp): string | undefined;
  atEnd(): boolean;
  error(expected: string): Error;
}

function newScanner(text: string): Scanner {
  let at = 0;
  const skipSpace = () => {
    while (/\s/.test(text.charAt(at))) at += 1;
  };
  const scanner: Scanner = {
    peek() {
      skipSpace();
      return text.charAt(at);
    },
    take(character) {
      if (scanner.peek() !== character) return false;
      at += 1;
      return true;
    },
    expect(character) {
      if (!scanner.take(character)) throw scanner.error(character);
    },
    match(pattern) {
      skipSpace();
      const found = new RegExp(pattern, 'y');
      found.lastIndex = at;
      const matched = found.exec(text)?.[0];
      if (matched !== undefined) at += matched.length;
      return matched;
    },
    atEnd: () => scanner.peek() === '',
    error: (expected) =>
      new Error(
        `the file's names cannot be read: expected ${expected} at character ${at}, found "${text.slice(at, at + 20)}"`,
      ),
  };
  return scanner;
}

function readDict(scanner: Scanner): [number, string][] {
  const entries: [number, string][] = [];
  scanner.expect('{');
  while (!scanner.take('}')) {
    const index = scanner.match(/\d+|"\d+"|'\d+'/);
    if (index === undefined) throw scanner.error('a class index');
    scanner.expect(':');
    entries.push([Number(index.replaceAll(/["']/g, '')), readString(scanner)]);
    if (!scanner.take(',') && scanner.peek() !== '}') throw scanner.error(', or }');
  }
  return entries;
}

function readList(scanner: Scanner): [number, string][] {
  const entries: [number, string][] = [];
  scanner.expect('[');
  while (!scanner.take(']')) {
    entries.push([entries.length, readString(scanner)]);
    if (!scanner.take(',') && scanner.peek() !== ']') throw scanner.error(', or ]');
  }
  return entries;
}

/** A quoted string in either quote; a bare number or True, which are names in some data sets, as it stands. */
function readString(scanner: Scanner): string {
  const quoted = scanner.match(/'(?:[^'\\]|\\[^])*'|"(?:[^"\\]|\\[^])*"/);
  if (quoted !== undefined) return unescape(quoted.slice(1, -1));
  const bare = scanner.match(/[\w.+-]+/);
  if (bare === undefined) throw scanner.error('a quoted name');
  return bare;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

/** The escapes that Python's repr and JSON write. */
function unescape(body: string): string {
  return body.replaceAll(
    /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([^]))/gi,
    (_, x?: string, u?: string, long?: string, other?: string) => {
      const code = x ?? u ?? long;
      if (code === undefined) return escapes[other!] ?? other!;
      const point = Number.parseInt(code, 16);
      return point > 0x10_ffff
        ? '\uFFFD'
        : long === undefined
          ? String.fromCharCode(point)
          : String.fromCodePoint(point);
    },
  );
}
