import { expect, test } from 'vitest';
import { retryAfterSeconds } from './client.ts';

const now = Date.UTC(2026, 10, 20, 10, 0, 0);

test('Retry-After is read as seconds or as a date, and is never negative', () => {
  expect(retryAfterSeconds('7', now)).toBe(7);
  expect(retryAfterSeconds('Fri, 20 Nov 2026 10:00:30 GMT', now)).toBe(30);
  expect(retryAfterSeconds('Fri, 20 Nov 2026 09:00:00 GMT', now)).toBe(0);
});

test('a missing or senseless Retry-After is no wait at all', () => {
  expect(retryAfterSeconds(null, now)).toBeUndefined();
  expect(retryAfterSeconds(' ', now)).toBeUndefined();
  expect(retryAfterSeconds('soon', now)).toBeUndefined();
});
