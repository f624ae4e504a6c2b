/**
 * Writes the runner's true counts to the file named by TEST_COUNTS_FILE, for the last line of `npm test`. What failed
 * without being a test counts as well: a file that cannot be loaded, a hook of a suite, an error that nobody caught.
 */
import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';
import type { Counts } from '../../scripts/test-run/counts.ts';

export function countResults(modules: readonly TestModule[], unhandled: readonly SerializedError[]): Counts {
  let [passed, failed, skipped] = [0, unhandled.length, 0];
  for (const module of modules) {
    if (module.errors().length > 0) failed++;
    for (const suite of module.children.allSuites()) if (suite.errors().length > 0) failed++;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') passed++;
      else if (state === 'skipped') skipped++;
      else failed++;
    }
  }
  return { passed, failed, skipped };
}

export default class CountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const file = process.env['TEST_COUNTS_FILE'];
    if (file !== undefined) writeFileSync(file, JSON.stringify(countResults(modules, unhandled)));
  }
}
