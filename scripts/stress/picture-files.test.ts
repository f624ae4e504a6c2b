import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countPictures, mediaTypeOf, walkPictures } from './picture-files.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shoal-pictures-'));
  mkdirSync(join(folder, 'deep/deeper'), { recursive: true });
  mkdirSync(join(folder, 'not-a-picture.jpg'));
  for (const name of [
    'a.jpg',
    'b.PNG',
    'notes.txt',
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

async function allOf(at: string): Promise<string[]> {
  const found = [];
  for await (const path of walkPictures(at)) found.push(path);
  return found;
}

test('every picture below a folder is found once, links to pictures as well, and a circle of links ends', async () => {
  const found = (await allOf(folder)).map((path) => relative(folder, path));
  expect(found.toSorted()).toEqual([
    'a.jpg',
    'b.PNG',
    'deep/c.jpeg',
    'deep/deeper/d.webp',
    'deep/linked.jpg',
  ]);
});

test('they are counted, until somebody says that it is enough', async () => {
  expect(await countPictures(folder, new AbortController().signal)).toBe(5);
  expect(await countPictures(folder, AbortSignal.abort())).toBe(1);
});

test('a folder that is not there is an error', async () => {
  await expect(allOf(join(folder, 'nowhere'))).rejects.toThrow('ENOENT');
});

test('the type is told from the name, whatever its letters', () => {
  expect(['a.JPG', 'a.tif', 'a.b.png', 'a'].map(mediaTypeOf)).toEqual([
    'image/jpeg',
    'image/tiff',
    'image/png',
    'application/octet-stream',
  ]);
});
