import type { Detection } from '@shoal/client';
import { describe, expect, test } from 'vitest';
import type { FoundPicture } from '../pictures/walk-pictures.ts';
import { comparePictures } from './compare-pictures.ts';
import type { PictureAnswer, Side } from './side.ts';

const image = { width: 100, height: 100 };
const found = (label: string, x1 = 0): Detection => ({
  label,
  classId: 0,
  score: 0.5,
  box: { x1, y1: 0, x2: x1 + 10, y2: 10 },
});

async function* pictures(
  count: number,
  onTaken: (taken: number) => void = () => {},
): AsyncGenerator<FoundPicture> {
  for (let index = 0; index < count; index += 1) {
    onTaken(index + 1);
    yield { name: `${index}.jpg`, path: `/data/${index}.jpg` };
  }
}

/** Answers by the number of the picture; `ended` is told when nobody asks any further. */
const side = (answer: (index: number) => readonly Detection[] | string, ended = (): void => {}): Side => ({
  title: 'made up',
  async *answers(asked): AsyncGenerator<PictureAnswer> {
    try {
      let index = 0;
      for await (const { name: file } of asked) {
        const detections = answer(index);
        index += 1;
        yield typeof detections === 'string' ? { file, problem: detections } : { file, image, detections };
      }
    } finally {
      ended();
    }
  },
  close: () => Promise.resolve(),
});

const options = { overlapMin: 0.5, isAnyClass: false, worstMax: 3, signal: new AbortController().signal };

describe('two sides', () => {
  test('are summed over all pictures, and what has no answer is left out and told', async () => {
    const a = side((index) => (index === 2 ? 'it is broken' : [found('fish')]));
    const b = side((index) => (index < 2 ? [found('fish')] : [found('crab')]));
    const comparison = await comparePictures([a, b], pictures(10), options);
    expect(comparison).toMatchObject({
      pictures: { compared: 9, agreed: 2, unanswered: 1 },
      total: { both: 2, onlyA: 7, onlyB: 7 },
      problems: [{ side: 'a', file: '2.jpg', problem: 'it is broken' }],
    });
    expect(comparison.worst.map(({ file }) => file)).toEqual(['3.jpg', '4.jpg', '5.jpg']);
  });

  test('do not agree on a picture in which they name one thing differently', async () => {
    const comparison = await comparePictures(
      [side(() => [found('fish')]), side(() => [found('eel')])],
      pictures(4),
      { ...options, isAnyClass: true },
    );
    expect(comparison).toMatchObject({
      pictures: { compared: 4, agreed: 0 },
      renamings: [{ a: 'fish', b: 'eel', count: 4 }],
    });
  });

  test('tell of a few problems, however many there are', async () => {
    const comparison = await comparePictures([side(() => 'no'), side(() => 'no')], pictures(500), options);
    expect(comparison.pictures.unanswered).toBe(500);
    expect(comparison.problems).toHaveLength(20);
  });

  test('stay in step, so that a folder is never in memory', async () => {
    let [taken, compared, leadMax] = [0, 0, 0];
    const counting = pictures(1000, (count) => {
      taken = count;
      leadMax = Math.max(leadMax, taken - compared);
    });
    await comparePictures([side(() => []), side(() => [])], counting, {
      ...options,
      onPicture: () => {
        compared += 1;
      },
    });
    expect(compared).toBe(1000);
    expect(leadMax).toBeLessThan(10);
  });

  test('both end when one of them cannot go on', async () => {
    let ended = 0;
    const failing = side((index) => {
      if (index === 3) throw new Error('the server is away');
      return [];
    });
    const other = side(
      () => [],
      () => {
        ended += 1;
      },
    );
    await expect(comparePictures([other, failing], pictures(100), options)).rejects.toThrow(
      'the server is away',
    );
    expect(ended).toBe(1);
  });
});
