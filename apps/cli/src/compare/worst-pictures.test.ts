import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WorstPictures, type ComparedPicture } from './worst-pictures.ts';

const picture = (disagreement: number, index: number): ComparedPicture => ({
  file: `${index}.jpg`,
  width: 1,
  height: 1,
  disagreement,
  both: [],
  onlyA: [],
  onlyB: [],
});

test('of whatever came, so many are kept as were asked for, the worst first and never one without a difference', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5)), fc.integer({ min: 1, max: 6 }), (all, max) => {
      const worst = new WorstPictures(max);
      const pictures = all.map(picture);
      for (const one of pictures) worst.add(one);
      // A stable sort keeps the earlier of equal ones.
      const expected = pictures
        .filter(({ disagreement }) => disagreement > 0)
        .toSorted((a, b) => b.disagreement - a.disagreement)
        .slice(0, max);
      expect(worst.pictures).toEqual(expected);
    }),
  );
});
