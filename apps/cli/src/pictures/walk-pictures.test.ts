import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mediaTypeOf } from './picture-names.ts';
import { countPictures, walkPictures, type FoundPicture, type WalkOptions } from './walk-pictures.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shoal-pictures-'));
  mkdirSync(join(folder, 'deep/deeper'), { recursive: true });
  mkdirSync(join(folder, 'not-a-picture.jpg'));
  mkdirSync(join(folder, '.thumbnails'));
  for (const name of [
    'b.PNG',
    'a.jpg',
    'notes.txt',
    '._a.jpg',
    '.thumbnails/a.jpg',
    'deep/c.jpeg',
    'deep/deeper/d.webp',
    'deep/no-extension',
  ]) {
    writeFileSync(join(folder, name), name);
  }
  symlinkSync(join(folder, 'a.jpg'), join(folder, 'deep/linked.jpg'));
  symlinkSync(join(folder, 'gone.jpg'), join(folder, 'broken-link.jpg'));
  symlinkSync(folder, join(folder, 'deep/circle'));
});

afterAll(() => rmSync(folder, { recursive: true }));

async function allOf(at: string, options?: WalkOptions): Promise<FoundPicture[]> {
  const found = [];
  for await (const picture of walkPictures(at, options)) found.push(picture);
  return found;
}

const namesOf = async (options?: WalkOptions): Promise<string[]> =>
  (await allOf(folder, options)).map(({ name }) => name);

const all = ['a.jpg', 'b.PNG', 'broken-link.jpg', 'deep/c.jpeg', 'deep/linked.jpg', 'deep/deeper/d.webp'];

describe('a walk', () => {
  test('finds every picture once, in the same order each time, links to pictures and links into nothing as well', async () => {
    expect(await namesOf()).toEqual(all);
    expect((await allOf(folder))[3]).toEqual({ name: 'deep/c.jpeg', path: join(folder, 'deep', 'c.jpeg') });
  });

  test('ends where links lead in a circle, and tells what it passes by', async () => {
    const loops: string[] = [];
    const others: string[] = [];
    await namesOf({ onLoop: (name) => loops.push(name), onOther: (name) => others.push(name) });
    expect(loops).toEqual(['deep/circle/']);
    expect(others.toSorted()).toEqual(['._a.jpg', 'deep/no-extension', 'notes.txt']);
  });

  test('stays in its folder when it is told to', async () => {
    expect(await namesOf({ isRecursive: false })).toEqual(all.slice(0, 3));
  });

  test('of a folder that is not there is an error', async () => {
    await expect(allOf(join(folder, 'nowhere'))).rejects.toThrow('ENOENT');
    await expect(allOf(join(folder, 'nowhere'), { onUnreadable: () => {} })).rejects.toThrow('ENOENT');
  });

  test('sorts what it reads at once, and loses nothing of a folder that is larger', async () => {
    const large = mkdtempSync(join(tmpdir(), 'shoal-many-'));
    const names = Array.from({ length: 10_500 }, (_, index) => `${index}.jpg`);
    for (const name of names) writeFileSync(join(large, name), '');
    const found = (await allOf(large)).map(({ name }) => name);
    rmSync(large, { recursive: true });
    expect(found.toSorted()).toEqual(names.toSorted());
    const first = found.slice(0, 10_000);
    expect(first).toEqual(first.toSorted());
  });
});

test('pictures are counted, until somebody says that it is enough', async () => {
  expect(await countPictures(folder, new AbortController().signal)).toBe(6);
  expect(await countPictures(folder, AbortSignal.abort())).toBeUndefined();
});

test('the type is told from the name, whatever its letters', () => {
  expect(['a.JPG', 'a.tif', 'a.b.png', 'a'].map(mediaTypeOf)).toEqual([
    'image/jpeg',
    'image/tiff',
    'image/png',
    'application/octet-stream',
  ]);
});
