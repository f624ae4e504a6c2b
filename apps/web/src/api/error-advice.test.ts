import { expect, test } from 'vitest';
import { adviceFor } from './error-advice.ts';

test('a code has its own words, and a code of a newer server has words too', () => {
  expect(adviceFor('image_undecodable')).not.toEqual(adviceFor('upload_too_large'));
  expect(adviceFor('code_of_tomorrow').whatToDo).not.toBe('');
});

test('the wait that the server asks for is said in seconds', () => {
  expect(adviceFor('overloaded', 7).whatToDo).toContain('about 7 seconds');
  expect(adviceFor('overloaded', 1).whatToDo).toContain('about 1 second.');
  expect(adviceFor('overloaded', 0)).toEqual(adviceFor('overloaded'));
});
