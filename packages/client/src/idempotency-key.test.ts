import { expect, test, vi } from 'vitest';
import { newIdempotencyKey } from './idempotency-key.ts';

const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

test('a page without TLS has no randomUUID, and makes keys all the same', () => {
  expect(newIdempotencyKey()).toMatch(uuid);
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
  try {
    const keys = Array.from({ length: 50 }, newIdempotencyKey);
    for (const key of keys) expect(key).toMatch(uuid);
    expect(new Set(keys).size).toBe(50);
  } finally {
    vi.unstubAllGlobals();
  }
});
