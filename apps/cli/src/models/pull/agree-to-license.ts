/** Shows under which terms a model comes, and asks where they ask something of whoever runs it. */
import { createInterface } from 'node:readline/promises';
import type { Manifest } from '@shoal/shared/contract';
import { CommandError, usageError } from '../../exit-status.ts';
import { say } from '../../terminal.ts';

/** These ask for no more than to be named. */
const permissive = /^(?:MIT|Apache-2\.0|BSD-[23]-Clause|ISC|0BSD|CC0-1\.0|CC-BY-4\.0|Unlicense)$/;

/** Throws a CommandError where somebody says no, a usage error where nobody can be asked. */
export async function agreeToLicense(manifest: Manifest | undefined, isAccepted: boolean): Promise<void> {
  if (manifest?.source !== undefined) say(`source:  ${manifest.source}`);
  const license = manifest?.license;
  say(`licence: ${license ?? 'the address does not say; find out before you use the model'}`);
  if (license === undefined || permissive.test(license) || isAccepted) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw usageError('nobody can be asked here; --accept-license takes the model under this licence');
  const questions = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await questions.question('Take the model under this licence? [y/N] ');
    if (!/^y(?:es)?$/i.test(answer.trim())) throw new CommandError('the licence was not accepted');
  } finally {
    questions.close();
  }
}
