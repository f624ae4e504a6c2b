/** A case in a file, bytes and all, so that it can be sent again whatever becomes of the code that made it. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { FuzzCase } from './fuzz-case.ts';

export interface CaseFile {
  readonly hostile: FuzzCase;
  /** How to make it again: the run's seed, and its number among those of its kind. */
  readonly seed: number;
  readonly index: number;
  readonly violation: string;
}

/** One line of JSON, then the bytes of all steps. Resolves to the file's path. */
export async function writeCase(folder: string, { hostile, ...about }: CaseFile): Promise<string> {
  const { steps, ...rest } = hostile;
  const layout = steps.map((step) => (typeof step === 'number' ? { pauseMs: step } : step.length));
  const line = JSON.stringify({ ...about, ...rest, layout });
  const file = path.join(folder, `${hostile.kind}-${about.index}.case`);
  await mkdir(folder, { recursive: true });
  const bytes = steps.filter((step) => typeof step !== 'number');
  await writeFile(file, Buffer.concat([Buffer.from(`${line}\n`), ...bytes]));
  return file;
}

export async function readCase(file: string): Promise<CaseFile> {
  const bytes = await readFile(file);
  const lineEnd = bytes.indexOf('\n');
  const { seed, index, violation, layout, ...rest } = JSON.parse(bytes.toString('utf8', 0, lineEnd)) as Omit<
    CaseFile,
    'hostile'
  > &
    Omit<FuzzCase, 'steps'> & { layout: readonly (number | { pauseMs: number })[] };
  let at = lineEnd + 1;
  const steps = layout.map((piece) =>
    typeof piece === 'number' ? bytes.subarray(at, (at += piece)) : piece.pauseMs,
  );
  return { hostile: { ...rest, steps }, seed, index, violation };
}
