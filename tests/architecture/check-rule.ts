/** How every rule is tested: it holds in this repository, and it notices each violation that is planted. */
import { describe, expect, test } from 'vitest';
import { project, withFiles } from './project.ts';
import type { Rule } from './project.ts';

export interface Plant {
  readonly files: Readonly<Record<string, string>>;
  /** Part of the sentence that the rule must then say. */
  readonly found: string;
}

/** `why` is printed when the rule is broken: what goes wrong where it does not hold. */
export function checkRule(name: string, why: string, rule: Rule, plants: readonly Plant[]): void {
  describe(`the rule that ${name}`, () => {
    test('holds here', () => {
      expect([...rule(project)].sort(), `${name}, because ${why}`).toEqual([]);
    });
    for (const { files, found } of plants) {
      test(`notices: ${found}`, () => {
        expect(rule(withFiles(project, files)).join('\n')).toContain(found);
      });
    }
  });
}
