/**
 * `npm run stress`: posts pictures to a running server, in a closed or an open loop, and says how fast it answered and what
 * failed. `--help` tells the options and the exit statuses.
 */
import { constants } from 'node:fs';
import { access, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UsageError, parseCommand, usage, type Pictures, type StressCommand } from './parse-command.ts';
import { pictureExtensions, walkPictures } from './picture-files.ts';
import { reachServer } from './reach-server.ts';
import { StressRun } from './run-stress.ts';
import { showProgress } from './show-progress.ts';
import { writeReport, type Settings } from './write-report.ts';
import { writeSummary } from './write-summary.ts';

/** npm runs its scripts in the root of the project, whoever calls them from where. */
const folder =
  (process.env['npm_lifecycle_event'] === 'stress' ? process.env['INIT_CWD'] : undefined) ?? process.cwd();

async function run(): Promise<number> {
  const parsed = parseCommand(process.argv.slice(2));
  if (parsed.kind === 'help') {
    console.log(usage);
    return 0;
  }
  const command = await withFiles(parsed);
  const trouble = await reachServer(command.origin, command.timeoutMs);
  if (trouble !== undefined) {
    console.error(trouble);
    return 1;
  }
  const interrupted = new AbortController();
  // The second one ends the process as it would without us.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  const stress = new StressRun(command, interrupted.signal);
  const { isQuiet, isJson } = command;
  const isShown = !isQuiet && (!isJson || process.stderr.isTTY);
  const hideProgress = isShown ? showProgress(process.stderr, () => stress.snapshot()) : () => {};
  const outcome = await stress.run().finally(hideProgress);
  const { result } = outcome;
  console.log(isJson ? JSON.stringify(result) : writeSummary(result));
  if (command.html !== undefined) {
    try {
      await writeFile(command.html, await writeReport(outcome, settingsOf(command)));
    } catch (error) {
      console.error(`the report was not written: ${(error as Error).message}`);
      return 1;
    }
    if (!isJson) console.log(`\nreport: ${command.html}`);
  }
  if (result.isInterrupted) return 130;
  return result.failed === 0 ? 0 : 1;
}

/** Paths from where the command was typed; what is not there is told before anything is sent. */
async function withFiles(command: StressCommand): Promise<StressCommand> {
  const html = command.html === undefined ? undefined : resolve(folder, command.html);
  if (html !== undefined) {
    await access(dirname(html), constants.W_OK).catch(() => {
      throw new UsageError(`--html: cannot write into ${dirname(html)}`);
    });
  }
  return { ...command, html, pictures: await findPictures(command.pictures) };
}

async function findPictures(pictures: Pictures): Promise<Pictures> {
  if (pictures.kind === 'files') {
    const paths = pictures.paths.map((path) => resolve(folder, path));
    for (const path of paths) {
      if (!(await stat(path).catch(() => undefined))?.isFile())
        throw new UsageError(`--image: there is no file ${path}`);
    }
    return { kind: 'files', paths };
  }
  const path = resolve(folder, pictures.path);
  if (!(await stat(path).catch(() => undefined))?.isDirectory())
    throw new UsageError(`--folder: there is no folder ${path}`);
  for await (const _ of walkPictures(path)) return { kind: 'folder', path };
  throw new UsageError(
    `--folder: there is no picture (${pictureExtensions.join(' ')}) in ${path} or below it`,
  );
}

/** Not the API key. */
function settingsOf(command: StressCommand): Settings {
  const { pictures, limit, schedule, fields, timeoutMs, warmup } = command;
  return [
    ['pictures', pictures.kind === 'files' ? pictures.paths.join(', ') : pictures.path],
    ['requests', limit.requests === undefined ? 'not limited' : String(limit.requests)],
    ['seconds', limit.seconds === undefined ? 'not limited' : String(limit.seconds)],
    ...(schedule.kind === 'open' ? [['under way at most', String(schedule.inFlightMax)] as const] : []),
    ['fields', fields.map(([name, value]) => `${name}=${value}`).join(', ') || 'none'],
    ['timeout', `${timeoutMs / 1000} s`],
    ['warm-up', `${warmup} requests`],
    ['API key', command.apiKey === undefined ? 'none' : 'given'],
    ['sent with', `Node ${process.versions.node} on ${process.platform} ${process.arch}`],
  ];
}

try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
