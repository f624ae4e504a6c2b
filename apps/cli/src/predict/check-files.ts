/** Whether files that were named are there: told before anything is sent, all of them together. */
import { stat } from 'node:fs/promises';
import { usageError } from '../exit-status.ts';

export async function checkFiles(files: readonly string[]): Promise<void> {
  const problems: string[] = [];
  for (const file of files) {
    const found = await stat(file).catch((error: NodeJS.ErrnoException) => error);
    if (found instanceof Error) {
      problems.push(found.code === 'ENOENT' ? `there is no file ${file}` : found.message);
    } else if (found.isDirectory()) {
      problems.push(`${file} is a folder: \`shoal map ${file}\` is for those`);
    }
  }
  if (problems.length > 0) throw usageError(problems.join('\n'));
}
