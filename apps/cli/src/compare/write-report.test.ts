import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CommandError } from '../exit-status.ts';
import type { Comparison } from './compare-pictures.ts';
import { writeReport } from './write-report.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'shoal-report-'));
  mkdirSync(join(dir, 'pictures'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const row = { both: 1, onlyA: 1, onlyB: 0, meanOverlap: 0.875, meanScoreDifference: -0.25 };
const hostile = '</title><script>alert("1")</script>';

const comparisonOf = (files: readonly string[]): Comparison => ({
  a: hostile,
  b: 'reef 2',
  overlapMin: 0.5,
  isAnyClass: true,
  pictures: { compared: 3, agreed: 1, unanswered: 1 },
  total: { label: 'all', ...row },
  classes: [{ label: hostile, ...row }],
  renamings: [{ a: hostile, b: 'eel', count: 7 }],
  worst: files.map((file) => ({
    file,
    width: 400,
    height: 300,
    disagreement: 1,
    both: [],
    onlyA: [{ label: hostile, classId: 0, score: 0.5, box: { x1: 10, y1: 20, x2: 40, y2: 60 } }],
    onlyB: [],
  })),
  problems: [{ side: 'b', file: `${hostile}.jpg`, problem: hostile }],
});

async function write(
  files: readonly string[],
  folder: string | undefined = join(dir, 'pictures'),
): Promise<string> {
  const page = await writeReport(join(dir, 'out', 'report'), comparisonOf(files), folder);
  expect(page).toBe(join(dir, 'out', 'report', 'index.html'));
  return readFileSync(page, 'utf8');
}

describe('the report of a comparison', () => {
  test('has a picture in itself, with the boxes over it in the pixels of the picture', async () => {
    writeFileSync(join(dir, 'pictures', 'a.png'), 'PNG');
    const page = await write(['a.png']);
    expect(page).toContain(`<img src="data:image/png;base64,${Buffer.from('PNG').toString('base64')}"`);
    expect(page).toContain('<svg viewBox="0 0 400 300"');
    expect(page).toMatch(/<g class="only a"\s*><rect x="10" y="20" width="30" height="40"/);
  });

  test('says nothing that a name could turn into markup', async () => {
    const page = await write([`${hostile}.jpg`]);
    expect(page).not.toContain('<script');
    expect(page.match(/&lt;script&gt;/g)!.length).toBeGreaterThan(6);
  });

  test('leads to a picture that is too large to be in it, wherever the report lies', async () => {
    mkdirSync(join(dir, 'pictures', 'a b'));
    const large = join(dir, 'pictures', 'a b', '#1.jpg');
    writeFileSync(large, '');
    truncateSync(large, 8_000_001);
    expect(await write(['a b/#1.jpg'])).toContain('<img src="../../pictures/a%20b/%231.jpg"');
  });

  test('shows boxes alone where a browser shows no picture, or there is none', async () => {
    writeFileSync(join(dir, 'pictures', 'a.tiff'), 'TIFF');
    const page = await write(['a.tiff', 'gone.jpg']);
    expect(page).not.toContain('<img');
    expect(page.match(/The picture itself is not shown/g)).toHaveLength(2);
    expect(page.match(/<rect /g)).toHaveLength(2);
  });

  test('is there for programs as well', async () => {
    await write([]);
    expect(JSON.parse(readFileSync(join(dir, 'out/report/comparison.json'), 'utf8'))).toEqual(
      comparisonOf([]),
    );
  });

  test('that cannot be written is refused in words', async () => {
    writeFileSync(join(dir, 'out'), 'a file is in the way');
    await expect(write([])).rejects.toThrow(/the report cannot be written/);
    await expect(write([])).rejects.toBeInstanceOf(CommandError);
  });
});
