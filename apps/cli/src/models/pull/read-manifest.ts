/** The text of a `model.yaml` as this program needs it: checked, and with digests put in. What a folder holds is no business of it. */
import { manifestSchema, type Manifest } from '@shoal/shared/contract';
import { parseDocument } from 'yaml';
import { CommandError } from '../../exit-status.ts';

/** A file that a manifest names lies beside it: a name is only text, and this one may come from anywhere. */
const fileName = /^[A-Za-z0-9_][\w.-]{0,127}$/;

/** Throws a CommandError that names `from` and everything that is wrong. */
export function readManifest(text: string, from: string): Manifest {
  const document = parseDocument(text);
  const [broken] = document.errors;
  if (broken !== undefined) throw new CommandError(`${from}: ${broken.message.split('\n', 1)[0]}`);
  const parsed = manifestSchema.safeParse(document.toJS());
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `\n  - ${path.join('.')}: ${message}`);
    throw new CommandError(`${from} is no manifest of a model:${problems.join('')}`);
  }
  const { file, labels } = parsed.data;
  for (const name of [file, ...(typeof labels === 'string' ? [labels] : [])]) {
    if (!fileName.test(name))
      throw new CommandError(`${from}: expected the name of a file beside it, found "${name}"`);
  }
  return parsed.data;
}

/** The same text with these fields set; comments and order stay. */
export function withFields(
  text: string,
  fields: readonly (readonly [path: readonly string[], value: string | number])[],
): string {
  const document = parseDocument(text);
  for (const [path, value] of fields) document.setIn(path, value);
  return document.toString({ lineWidth: 0 });
}
