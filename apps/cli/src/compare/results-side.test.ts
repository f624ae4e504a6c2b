import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CommandError } from '../exit-status.ts';
import type { FoundPicture } from '../pictures/walk-pictures.ts';
import { openResultsSide } from './results-side.ts';
import type { PictureAnswer } from './side.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'shoal-results-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const line = (file: string, scores: readonly number[]): string => {
  const detections = scores.map((score) => ({
    label: 'Ærfugl',
    classId: 0,
    score,
    box: { x1: 0, y1: 0, x2: 1, y2: 1 },
  }));
  const image = { width: 4, height: 3 };
  return `${JSON.stringify({ file, folder: '/data', prediction: { model: { name: 'reef', version: '7' }, image, detections } })}\n`;
};
const failure = `${JSON.stringify({ file: 'bad.jpg', folder: '/data', model: 'reef', error: { code: 'x', message: 'it is broken' } })}\n`;

async function* named(names: readonly string[]): AsyncGenerator<FoundPicture> {
  for (const name of names) yield { name, path: name };
}

async function answersOf(
  text: string,
  names: readonly string[],
  minScore?: number,
): Promise<PictureAnswer[]> {
  const path = join(dir, 'results.jsonl');
  writeFileSync(path, text);
  const side = await openResultsSide(path, minScore);
  try {
    const answers: PictureAnswer[] = [];
    for await (const answer of side.answers(named(names), new AbortController().signal)) answers.push(answer);
    return answers;
  } finally {
    await side.close();
  }
}

describe('a file of results', () => {
  test('answers by name, in whatever order it was written', async () => {
    const answers = await answersOf(line('ø/b.jpg', [0.9]) + failure + line('a.jpg', [0.8, 0.1]), [
      'a.jpg',
      'ø/b.jpg',
      'bad.jpg',
      'none.jpg',
    ]);
    expect(answers).toMatchObject([
      { file: 'a.jpg', image: { width: 4, height: 3 }, detections: [{ score: 0.8 }, { score: 0.1 }] },
      { file: 'ø/b.jpg', detections: [{ label: 'Ærfugl', score: 0.9 }] },
      { file: 'bad.jpg', problem: 'it is broken' },
      { file: 'none.jpg', problem: 'it has no line in the file' },
    ]);
  });

  test('gives the last answer to a picture that was done twice', async () => {
    const answers = await answersOf(line('a.jpg', [0.1]) + line('a.jpg', [0.2]), ['a.jpg']);
    expect(answers).toMatchObject([{ detections: [{ score: 0.2 }] }]);
  });

  test('leaves out what scores lower than was asked for', async () => {
    const answers = await answersOf(line('a.jpg', [0.8, 0.5, 0.1]), ['a.jpg'], 0.5);
    expect(answers).toMatchObject([{ detections: [{ score: 0.8 }, { score: 0.5 }] }]);
  });

  test('may end in the middle of a line', async () => {
    const answers = await answersOf(line('a.jpg', [0.8]) + line('b.jpg', [0.8]).slice(0, 20), [
      'a.jpg',
      'b.jpg',
    ]);
    expect(answers).toMatchObject([
      { file: 'a.jpg', detections: [{}] },
      { file: 'b.jpg', problem: expect.stringMatching(/no line/) as string },
    ]);
  });

  test.each([
    ['{"categories":[]}\n', /is not a file of results/],
    ['', /holds no results/],
  ])('%j is refused', async (text, sentence) => {
    await expect(answersOf(text, [])).rejects.toThrow(sentence);
    await expect(answersOf(text, [])).rejects.toBeInstanceOf(CommandError);
  });
});
