#!/usr/bin/env node
/** The program `shoal`: reads its words, runs the command that they name, and ends with the status that the command earned. */
import { CommanderError } from 'commander';
import { CommandError, exitStatus } from './exit-status.ts';
import { buildProgram } from './program.ts';
import { paintFor, say } from './terminal.ts';

// A reader that has seen enough, like `head`, is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitStatus.readerLeft);
  say(`${paintFor(process.stderr)('red', 'error:')} the standard output cannot be written: ${error.message}`);
  process.exit(exitStatus.failed);
});

// What nobody reads any more, or a log on a full disk, is no reason to end a run of hours: the data are elsewhere.
process.stderr.on('error', () => {});

// An empty variable is how Compose and shells pass on one that is not set.
for (const [name, value] of Object.entries(process.env)) {
  if (name.startsWith('SHOAL_') && value === '') delete process.env[name];
}

// npm runs its scripts in the root of the project, whoever calls them from where.
const { npm_lifecycle_event: script, INIT_CWD: calledFrom } = process.env;
if ((script === 'shoal' || script === 'stress') && calledFrom !== undefined) process.chdir(calledFrom);

try {
  await buildProgram().parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  if (error instanceof CommanderError) {
    // Commander has said it already; what it calls 1 is a command that it did not understand.
    return error.exitCode === 0 ? exitStatus.ok : exitStatus.usage;
  }
  if (error instanceof CommandError) {
    if (error.message !== '') say(`${paintFor(process.stderr)('red', 'error:')} ${error.message}`);
    return error.status;
  }
  // A disk that is full or a file that may not be written is nobody's bug; everything else shows where it happened.
  if (error instanceof Error && 'syscall' in error) {
    say(`${paintFor(process.stderr)('red', 'error:')} ${error.message}`);
    return exitStatus.failed;
  }
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return exitStatus.failed;
}
