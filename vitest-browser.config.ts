import { defineConfig } from 'vitest/config';

/** The tests of the page in a real browser. A browser is several processes: with more than two at once they starve one another. */
export default defineConfig({
  test: {
    include: ['tests/browser/**/*.test.ts'],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
