import { expect, test } from 'vitest';
import { sortFiles } from './sort-files.ts';

const arrived = (relativePath: string, type = 'image/jpeg', content = 'x') => {
  const file = new File([content], relativePath.split('/').at(-1)!, { type });
  return { file, relativePath };
};
const sorted = (...files: readonly ReturnType<typeof arrived>[]) => {
  let last = 0;
  return sortFiles(files, () => String(++last));
};

test('a folder comes in the order in which people number their files, with the paths below it', () => {
  const { pictures } = sorted(arrived('dive/b/1.jpg'), arrived('dive/a/10.jpg'), arrived('dive/a/9.jpg'));
  expect(pictures.map(({ relativePath }) => relativePath)).toEqual([
    'dive/a/9.jpg',
    'dive/a/10.jpg',
    'dive/b/1.jpg',
  ]);
  expect(new Set(pictures.map(({ id }) => id)).size).toBe(3);
});

test('what is no picture is left out and counted, and what systems leave in folders is not worth a word', () => {
  const mixed = sorted(
    arrived('d/1.jpg'),
    arrived('d/notes.txt', 'text/plain'),
    arrived('d/list.csv', 'text/csv'),
    arrived('d/.DS_Store', ''),
    arrived('d/Thumbs.db', ''),
  );
  expect(mixed.pictures).toHaveLength(1);
  expect(mixed.notice).toContain('Left out 2 files');
  expect(sorted(arrived('d/1.jpg'), arrived('d/.DS_Store', '')).notice).toBeUndefined();
});

test('videos are kept apart from pictures', () => {
  const { pictures, videos } = sorted(arrived('d/dive.webm', 'video/webm'), arrived('d/1.jpg'));
  expect([pictures.length, videos.map(({ name }) => name)]).toEqual([1, ['dive.webm']]);
});

test('a choice in which nothing can be used is answered in words', () => {
  expect(sorted(arrived('notes.txt', 'text/plain')).notice).toContain('notes.txt');
  expect(sorted(arrived('a.txt', 'text/plain'), arrived('b.txt', 'text/plain')).notice).toContain(
    'None of these 2',
  );
  expect(sorted(arrived('d/.a', ''), arrived('d/.b', '')).notice).toContain('no picture');
});
