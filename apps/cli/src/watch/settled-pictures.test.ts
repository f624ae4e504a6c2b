import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { walkPictures } from '../pictures/walk-pictures.ts';
import { SettledPictures } from './settled-pictures.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'shoal-settled-'))));
afterEach(() => rmSync(folder, { recursive: true }));

async function look(settled: SettledPictures, known: readonly string[] = []): Promise<string[]> {
  const names = [];
  for await (const { name } of settled.look(walkPictures(folder), (each) => known.includes(each)))
    names.push(name);
  return names;
}

test('a picture is taken when it is at the second look what it was at the first', async () => {
  const settled = new SettledPictures();
  writeFileSync(join(folder, 'a.jpg'), 'half');
  expect(await look(settled)).toEqual([]);
  appendFileSync(join(folder, 'a.jpg'), ' and the other half');
  expect(await look(settled)).toEqual([]);
  expect(await look(settled)).toEqual(['a.jpg']);
});

test('what has a result is passed by, and what is gone is forgotten', async () => {
  const settled = new SettledPictures();
  for (const name of ['a.jpg', 'b.jpg', 'c.jpg']) writeFileSync(join(folder, name), name);
  await look(settled, ['a.jpg']);
  rmSync(join(folder, 'b.jpg'));
  expect(await look(settled, ['a.jpg'])).toEqual(['c.jpg']);
});

test('a look that ends early loses nothing', async () => {
  const settled = new SettledPictures();
  for (const name of ['a.jpg', 'b.jpg']) writeFileSync(join(folder, name), name);
  await look(settled);
  for await (const _ of settled.look(walkPictures(folder), () => false)) break;
  expect(await look(settled)).toEqual(['a.jpg', 'b.jpg']);
});
