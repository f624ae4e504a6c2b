/**
 * The text of a `model.yaml` to a manifest, or to the list of everything that is wrong with it: each problem with its
 * field, what was expected and what was found. Looks at no file; `read-model-folder` does.
 */
import { manifestSchema } from '@shoal/shared/contract';
import type { Manifest } from '@shoal/shared/contract';
import { parseDocument } from 'yaml';

export type ParsedManifest =
  | { readonly manifest: Manifest }
  /** `fields` is what could be read all the same, so that the files it names can be checked in the same pass. */
  | { readonly problems: readonly string[]; readonly fields: Readonly<Record<string, unknown>> };

type Issue = NonNullable<ReturnType<typeof manifestSchema.safeParse>['error']>['issues'][number];

export function parseManifest(text: string): ParsedManifest {
  const document = parseDocument(text, { prettyErrors: true });
  if (document.errors.length > 0) return { problems: document.errors.map(describeSyntaxError), fields: {} };

  let content: unknown;
  try {
    content = document.toJS();
  } catch (error) {
    // An alias without its anchor is only found here.
    return {
      problems: [`model.yaml: ${error instanceof Error ? error.message : String(error)}`],
      fields: {},
    };
  }
  if (!isRecord(content))
    return { problems: [`model.yaml: expected fields like "name: …", found ${show(content)}`], fields: {} };

  const parsed = manifestSchema.safeParse(content);
  if (parsed.success) return { manifest: parsed.data };
  return { problems: parsed.error.issues.flatMap((issue) => describeIssue(issue, content)), fields: content };
}

function describeSyntaxError(error: {
  message: string;
  linePos?: readonly { line: number; col: number }[] | undefined;
}): string {
  // The library appends the place and a drawing of the line; the place comes first here, the drawing is left out.
  const message = error.message.split(/ at line \d+|\n/)[0] ?? error.message;
  const place = error.linePos?.[0];
  return place === undefined
    ? `model.yaml: ${message}`
    : `model.yaml, line ${place.line}, column ${place.col}: ${message}`;
}

function describeIssue(issue: Issue, content: unknown, prefix: readonly PropertyKey[] = []): string[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${dotted([...path, key])}: there is no such field`);
  if (issue.code === 'invalid_union') {
    // Of the alternatives, the one that got further into the value is the one that was meant.
    const meant = issue.errors.find((issues) => issues.every(({ path: inner }) => inner.length > 0));
    if (meant !== undefined) return meant.flatMap((inner) => describeIssue(inner, content, path));
  }
  const found = valueAt(content, path);
  // YAML reads `1.10` as a number, and a hash of digits alone as well.
  const hint =
    issue.code === 'invalid_type' && issue.expected === 'string' && typeof found === 'number'
      ? ' (put it in quotes)'
      : '';
  return [`${dotted(path)}: expected ${expectation(issue)}, found ${show(found)}${hint}`];
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  array: 'a list',
  object: 'fields of its own',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeWords[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.length === 1
        ? show(issue.values[0])
        : `one of ${issue.values.map(show).join(', ')}`;
    case 'too_small':
      return `${amount(issue.origin)} at least ${issue.minimum}`;
    case 'too_big':
      return `${amount(issue.origin)} at most ${issue.maximum}`;
    case 'invalid_format':
      return issue.message.startsWith('Invalid') ? `text that matches ${issue.pattern}` : issue.message;
    case 'invalid_union':
      return [...new Set(issue.errors.flat().map(expectation))].join(' or ');
    case 'not_multiple_of':
    case 'unrecognized_keys':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      break;
  }
  return issue.message;
}

function amount(origin: string): string {
  if (origin === 'string') return 'a length of';
  if (origin === 'array') return 'a number of entries of';
  return 'a number of';
}

function valueAt(content: unknown, path: readonly PropertyKey[]): unknown {
  let value = content;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

function dotted(path: readonly PropertyKey[]): string {
  let text = '';
  for (const key of path)
    text += typeof key === 'number' ? `[${key}]` : `${text === '' ? '' : '.'}${String(key)}`;
  return text;
}

const shownCharactersMax = 60;

function show(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  const text = typeof value === 'bigint' ? value.toString() : JSON.stringify(value);
  return text.length > shownCharactersMax ? `${text.slice(0, shownCharactersMax)}…` : text;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
