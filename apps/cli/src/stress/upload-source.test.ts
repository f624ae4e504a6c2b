import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UploadSource, type Upload } from './upload-source.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shoal-uploads-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text = name): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** What surrounds a picture tells its name, so that it can be seen that each has its own. */
const form = {
  frame: (name: string) => ({
    contentType: 'image/x',
    head: Buffer.from(`<${name}|`),
    tail: Buffer.from('>'),
  }),
};

const source = (names: () => Iterable<string> | AsyncIterable<string>, isEndless: boolean) =>
  new UploadSource({ names, isEndless, form });

const textOf = (upload: Upload | undefined): string | undefined =>
  upload === undefined || upload.kind === 'unreadable' ? upload?.kind : upload.body.toString();

async function take(from: UploadSource, count: number): Promise<(string | undefined)[]> {
  return (await Promise.all(Array.from({ length: count }, () => from.next()))).map(textOf);
}

describe('a source of uploads', () => {
  test('gives each file once, in its frame and in order, and then nothing', async () => {
    const names = [file('a'), file('b')];
    expect(
      await take(
        source(() => names, false),
        4,
      ),
    ).toEqual(['<a|a>', '<b|b>', undefined, undefined]);
  });

  test('without an end begins anew when all were given', async () => {
    const names = [file('a'), file('b'), file('c')];
    const expected = ['<a|a>', '<b|b>', '<c|c>', '<a|a>', '<b|b>', '<c|c>', '<a|a>'];
    expect(
      await take(
        source(() => names, true),
        7,
      ),
    ).toEqual(expected);
  });

  test('of nothing is over at once, even without an end', async () => {
    expect(
      await take(
        source(() => [], true),
        2,
      ),
    ).toEqual([undefined, undefined]);
  });

  test('what cannot be read is said, and the others come all the same', async () => {
    const names = [file('a'), join(folder, 'gone'), file('c')];
    expect(
      await take(
        source(() => names, false),
        3,
      ),
    ).toEqual(['<a|a>', 'unreadable', '<c|c>']);
  });

  test('a folder that breaks off is told of once, and is the end', async () => {
    const name = file('a');
    async function* names() {
      yield name;
      throw new Error('the disk is gone');
    }
    const broken = source(names, true);
    expect(textOf(await broken.next())).toBe('<a|a>');
    expect(await broken.next()).toEqual({ kind: 'unreadable', message: 'the disk is gone' });
    expect(await broken.next()).toBeUndefined();
  });

  test('a small file is read once, however often it is sent', async () => {
    const name = file('a', 'before');
    const endless = source(() => [name], true);
    await take(endless, 20);
    writeFileSync(name, 'after');
    expect(new Set(await take(endless, 40))).toEqual(new Set(['<a|before>']));
  });

  test('only a few names are taken before they are needed', async () => {
    const name = file('a');
    let taken = 0;
    async function* names() {
      for (;;) {
        taken += 1;
        yield name;
      }
    }
    const endless = source(names, false);
    await take(endless, 100);
    await endless.end();
    expect(taken).toBeGreaterThanOrEqual(100);
    expect(taken).toBeLessThan(130);
  });

  test('the names are let go of when it ends', async () => {
    const name = file('a');
    let isLetGo = false;
    async function* names() {
      try {
        for (;;) yield name;
      } finally {
        isLetGo = true;
      }
    }
    const endless = source(names, true);
    await take(endless, 3);
    await endless.end();
    expect(isLetGo).toBe(true);
  });
});
