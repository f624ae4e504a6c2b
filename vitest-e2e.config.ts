import { defineConfig } from 'vitest/config';

/** The end-to-end tests: one real Compose project at a time, on a real Docker Engine. */
export default defineConfig({
  test: {
    include: ['tests/e2e/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 900_000,
    // A stack that broke in one test would only break the next ones again.
    bail: 0,
  },
});
