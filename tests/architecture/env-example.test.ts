/** `.env.example` is written by a script, and must be what the script would write. */
import { renderEnvExample } from '../../packages/shared/src/service/index.ts';
import { checkRule } from './check-rule.ts';
import type { Rule } from './project.ts';

const file = '.env.example';

const drifted: Rule = (project) => {
  if (!project.has(file)) return [`${file}: is not there; npm run env-example writes it`];
  const there = project.read(file).split('\n');
  return renderEnvExample()
    .split('\n')
    .flatMap((line, index) =>
      line === there[index]
        ? []
        : [`${file}:${index + 1}: expected "${line}"; npm run env-example writes it`],
    )
    .slice(0, 1);
};

checkRule('.env.example tells of every variable', 'an option that nobody can find does not exist', drifted, [
  { files: { [file]: '# PORT=80\n' }, found: '.env.example:1: expected' },
]);
