import { expect, test } from 'vitest';
import { cocoNumbersOf } from './coco-numbers.ts';

const dataSet = {
  images: [
    { id: 139, file_name: '000139.jpg' },
    { id: 7, file_name: 'east/a.jpg' },
    { id: 8, file_name: 'west/a.jpg' },
  ],
  categories: [{ id: 90, name: 'toothbrush' }],
};

test('a picture has the number of the data set’s file, below whatever folder it lies here', () => {
  const { imageIdOf } = cocoNumbersOf(dataSet);
  expect(imageIdOf('000139.jpg')).toBe(139);
  expect(imageIdOf('val2017/000139.jpg')).toBe(139);
  expect(imageIdOf('west/a.jpg')).toBe(8);
});

test('a name that two pictures have, or none, has no number rather than a wrong one', () => {
  const { imageIdOf, categoryIdOf } = cocoNumbersOf(dataSet);
  expect(imageIdOf('north/a.jpg')).toBeUndefined();
  expect(imageIdOf('unknown.jpg')).toBeUndefined();
  expect(categoryIdOf('toothbrush')).toBe(90);
  expect(categoryIdOf('crab')).toBeUndefined();
});

test('what is no COCO data set is refused with the field that says so', () => {
  expect(() => cocoNumbersOf([])).toThrow('images');
  expect(() => cocoNumbersOf({ images: [{ id: '1', file_name: 'a' }], categories: [] })).toThrow(
    'images[].id',
  );
  expect(() => cocoNumbersOf({ images: [], categories: [{ id: 1 }] })).toThrow('categories[].name');
});
