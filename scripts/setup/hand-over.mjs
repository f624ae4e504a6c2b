/**
 * Runs a TypeScript entry on the Node 24 that is a dependency, as a child, and ends as it ends.
 * Signals are passed on, SIGINT as well: it may come from `kill` and not from the terminal, which would reach the
 * child by itself. The open channel lets the child notice when this process is gone. Parses on Node 18.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { node24, root } from './packages.mjs';

/** The exit status of `entry`; a death by signal reads as a shell would show it. */
export function handOver(entry, args) {
  const binaries = join(root, 'node_modules', '.bin');
  const child = spawn(node24, [entry, ...args], {
    cwd: root,
    env: { ...process.env, PATH: `${binaries}${delimiter}${process.env.PATH ?? ''}` },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(`Node 24 could not be started: ${error.message}`);
      resolve(1);
    });
    child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}
