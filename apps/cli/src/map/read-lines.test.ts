import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readLines, type Line } from './read-lines.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'shoal-lines-'))));
afterAll(() => rmSync(folder, { recursive: true }));

async function linesOf(text: string): Promise<Line[]> {
  const file = join(folder, 'a');
  writeFileSync(file, text);
  const lines = [];
  for await (const line of readLines(file)) lines.push(line);
  return lines;
}

test('lines come with the byte that they begin at, and the last one says that it is torn', async () => {
  expect(await linesOf('ä\n\nb')).toEqual([
    { text: 'ä', startByte: 0, isWhole: true },
    { text: '', startByte: 3, isWhole: true },
    { text: 'b', startByte: 4, isWhole: false },
  ]);
});

test('a line may be longer than what is read at once, and broken there inside a letter', async () => {
  const long = `x${'ä'.repeat(200_000)}`;
  const lines = await linesOf(`${long}\n${long}\n`);
  expect(lines.map(({ text }) => text === long)).toEqual([true, true]);
  expect(lines[1]?.startByte).toBe(400_002);
});

test('a file that is empty or not there has no lines', async () => {
  expect(await linesOf('')).toEqual([]);
  for await (const line of readLines(join(folder, 'nowhere'))) expect(line).toBeUndefined();
});
