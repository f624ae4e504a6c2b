/**
 * `shoal stress`: posts pictures to a running server, in a closed or an open loop, and says how fast it answered and what failed.
 * `--help` tells the options and the exit statuses.
 */
import { constants } from 'node:fs';
import { access, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { readApiKey } from '../ask-server.ts';
import { CommandError, exitStatus, usageError, type ExitStatus } from '../exit-status.ts';
import { pictureExtensions } from '../pictures/picture-names.ts';
import { walkPictures } from '../pictures/walk-pictures.ts';
import { showProgress } from '../progress.ts';
import { say } from '../terminal.ts';
import { describeProgress, shareOf } from './describe-progress.ts';
import { parseCommand, usage, type Pictures, type StressCommand } from './parse-command.ts';
import { reachServer } from './reach-server.ts';
import { StressRun } from './run-stress.ts';
import { writeReport, type Settings } from './write-report.ts';
import { writeSummary } from './write-summary.ts';

export async function stressServer(words: readonly string[]): Promise<void> {
  const status = await run(words).catch((error: unknown) => {
    if (error instanceof CommandError && error.status === exitStatus.usage) {
      throw usageError(`${error.message}\n\n${usage}`);
    }
    throw error;
  });
  if (status !== exitStatus.ok) throw new CommandError('', status);
}

async function run(words: readonly string[]): Promise<ExitStatus> {
  const parsed = parseCommand(words, process.env);
  if (parsed.kind === 'help') {
    console.log(usage);
    return exitStatus.ok;
  }
  const command = await withFiles(parsed);
  const apiKey = await readApiKey(command.apiKeyFile === undefined ? {} : { apiKeyFile: command.apiKeyFile });
  const trouble = await reachServer(command.origin, command.timeoutMs);
  if (trouble !== undefined) throw new CommandError(trouble, exitStatus.unreachable);
  const interrupted = new AbortController();
  // The second one ends the process as it would without us.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  const stress = new StressRun({ ...command, apiKey }, interrupted.signal);
  const { isQuiet, isJson } = command;
  const isShown = !isQuiet && (!isJson || process.stderr.isTTY);
  const look = () => {
    const now = stress.snapshot();
    return { share: shareOf(now), line: describeProgress(now) };
  };
  const hideProgress = isShown ? showProgress(process.stderr, look) : () => {};
  const outcome = await stress.run().finally(hideProgress);
  const { result } = outcome;
  console.log(isJson ? JSON.stringify(result) : writeSummary(result));
  if (command.html !== undefined) {
    try {
      const report = await writeReport(outcome, settingsOf(command, apiKey !== undefined));
      await writeFile(command.html, report);
    } catch (error) {
      say(`the report was not written: ${(error as Error).message}`);
      return exitStatus.failed;
    }
    if (!isJson) console.log(`\nreport: ${command.html}`);
  }
  if (result.isInterrupted) return exitStatus.interrupted;
  return result.failed === 0 ? exitStatus.ok : exitStatus.failed;
}

/** What is not there is told before anything is sent. */
async function withFiles(command: StressCommand): Promise<StressCommand> {
  const html = command.html === undefined ? undefined : resolve(command.html);
  if (html !== undefined) {
    await access(dirname(html), constants.W_OK).catch(() => {
      throw usageError(`--html: cannot write into ${dirname(html)}`);
    });
  }
  return { ...command, html, pictures: await findPictures(command.pictures) };
}

async function findPictures(pictures: Pictures): Promise<Pictures> {
  if (pictures.kind === 'files') {
    const paths = pictures.paths.map((path) => resolve(path));
    for (const path of paths) {
      if (!(await stat(path).catch(() => undefined))?.isFile())
        throw usageError(`--image: there is no file ${path}`);
    }
    return { kind: 'files', paths };
  }
  const path = resolve(pictures.path);
  if (!(await stat(path).catch(() => undefined))?.isDirectory())
    throw usageError(`--folder: there is no folder ${path}`);
  for await (const _ of walkPictures(path)) return { kind: 'folder', path };
  throw usageError(`--folder: there is no picture (${pictureExtensions.join(' ')}) in ${path} or below it`);
}

/** Not the API key. */
function settingsOf(command: StressCommand, hasApiKey: boolean): Settings {
  const { pictures, limit, schedule, fields, timeoutMs, warmup } = command;
  return [
    ['pictures', pictures.kind === 'files' ? pictures.paths.join(', ') : pictures.path],
    ['requests', limit.requests === undefined ? 'not limited' : String(limit.requests)],
    ['seconds', limit.seconds === undefined ? 'not limited' : String(limit.seconds)],
    ...(schedule.kind === 'open' ? [['under way at most', String(schedule.inFlightMax)] as const] : []),
    ['fields', fields.map(([name, value]) => `${name}=${value}`).join(', ') || 'none'],
    ['timeout', `${timeoutMs / 1000} s`],
    ['warm-up', `${warmup} requests`],
    ['API key', hasApiKey ? 'given' : 'none'],
    ['sent with', `Node ${process.versions.node} on ${process.platform} ${process.arch}`],
  ];
}
