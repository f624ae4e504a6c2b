/** Pictures that can be told apart by their answers. */
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { testResult } from '../support/exchange.ts';
import { drawNumbered, drawScripted, mismatchOf, numberedPicture } from './numbered-picture.ts';

test('sixteen thousand pictures in a row have sixteen thousand sizes', () => {
  const sizes = new Set(
    Array.from({ length: 16_000 }, (_, number) => {
      const { width, height } = numberedPicture(1, number);
      return `${width}×${height}`;
    }),
  );
  expect(sizes.size).toBe(16_000);
});

test.each([0, 126, 127, 5_000])('picture %i is drawn as it is described, scripted or not', async (number) => {
  const { width, height } = numberedPicture(1, number);
  for (const bytes of [await drawNumbered(1, number), await drawScripted(1, number, 'dies')]) {
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'png', width, height });
  }
  expect(await drawNumbered(1, number)).toEqual(await drawNumbered(1, number));
  expect(await drawNumbered(2, number)).not.toEqual(await drawNumbered(1, number));
});

test('a detection fits when it is the shape, where the shape is', () => {
  const picture = numberedPicture(1, 7);
  const { width, height, label, boxXyxy } = picture;
  const [x1, y1, x2, y2] = boxXyxy;
  const box = { x1: x1 + 2, y1: y1 - 2, x2: x2 + 2, y2: y2 - 2 };
  const answer = (fields: object) =>
    mismatchOf(
      picture,
      testResult('id', {
        image: { width, height },
        detections: [{ label, classId: 0, score: 0.9, box, ...fields }],
      }),
    );
  expect(answer({})).toBeUndefined();
  expect(answer({ label: label === 'circle' ? 'square' : 'circle' })).toContain('got the answer');
  expect(answer({ box: { ...box, x1: x1 - 100, x2: x1 - 20 } })).toContain('got the answer');
  expect(mismatchOf(picture, testResult('id', { image: { width: height, height: width } }))).toContain(
    'of one of',
  );
});
