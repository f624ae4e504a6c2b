/** In which form results are kept, and in which file: by the option, else by the name of the file. */
import { FORMATS, FORMAT_NAMES, type FormatName } from '@shoal/formats';
import { usageError } from '../exit-status.ts';

export type OutputFormat = 'jsonl' | FormatName;
export const outputFormats: readonly OutputFormat[] = ['jsonl', ...FORMAT_NAMES];

export interface Output {
  readonly format: OutputFormat;
  /** Undefined: the standard output. */
  readonly file: string | undefined;
  /** Where lines are written while the run goes; the file itself where it holds lines. */
  readonly journal: string | undefined;
}

/** @throws a usage error for a form that cannot be written as it comes, without a file */
export function outputOf(file: string | undefined, given: OutputFormat | undefined): Output {
  const out = file === '-' ? undefined : file;
  const format = given ?? formatByName(out ?? '');
  if (format === 'jsonl') return { format, file: out, journal: out };
  if (out === undefined) throw usageError(`--format ${format}: expected --out FILE as well`);
  return { format, file: out, journal: `${out}.journal.jsonl` };
}

function formatByName(file: string): OutputFormat {
  const [name] = FORMAT_NAMES.filter((format) =>
    file.toLowerCase().endsWith(FORMATS[format].fileEnding),
  ).toSorted((a, b) => FORMATS[b].fileEnding.length - FORMATS[a].fileEnding.length);
  return name ?? 'jsonl';
}

/** What tools that read a format expect to find in it, where the caller does not say; the model's own default would hide it. */
export const minScoreOf: Readonly<Partial<Record<OutputFormat, number>>> = {
  megadetector: 0.005,
  'coco-results': 0.001,
};
