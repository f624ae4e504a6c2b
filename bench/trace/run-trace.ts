/** One trace: a stack whose processes record what they do, pictures through it, and what came of both. */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { repository } from '../../tests/support/service-process.ts';
import { waitFor } from '../../tests/support/wait-for.ts';
import { startBenchStack, type BenchStack } from '../bench-stack.ts';
import { joinEvents, type Joined, type SentRequest } from './join-events.ts';
import { sendPictures } from './send-pictures.ts';
import { spreadOf, sumUp, type Budget, type Spread } from './sum-up.ts';
import type { TraceEvent } from './trace-event.ts';

export interface TraceOptions {
  readonly model: string;
  /** Paths. */
  readonly modelsDir: string;
  readonly picture: string;
  readonly count: number;
  readonly concurrency: number;
  /** Pictures before those that count. */
  readonly warmUp: number;
  /** Without a recorder in the services: what it costs is the difference. */
  readonly isBare: boolean;
}

export interface TraceReport {
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string };
  readonly model: string;
  readonly picture: string;
  readonly pictureBytes: number;
  readonly count: number;
  readonly concurrency: number;
  /** As the client measured all of them. */
  readonly client: Spread;
  /** Absent when nothing was recorded. */
  readonly budget?: Budget;
  readonly incomplete: Joined['incomplete'];
}

export async function runTrace(options: TraceOptions): Promise<TraceReport> {
  const { model, modelsDir, picture, count, concurrency, warmUp, isBare } = options;
  const bytes = await readFile(picture);
  const folder = await mkdtemp(path.join(tmpdir(), 'shoal-trace-'));
  const recorder = pathToFileURL(path.join(repository, 'bench/trace/record-events.ts')).href;
  const env = isBare ? {} : { NODE_OPTIONS: `--import ${recorder}`, TRACE_FOLDER: folder };
  let stack: BenchStack | undefined;
  try {
    stack = await startBenchStack({ models: [model], modelsDir, env });
    const sending = { url: stack.url, model, picture, bytes };
    await sendPictures({ ...sending, count: warmUp, concurrency });
    const requests = await sendPictures({ ...sending, count, concurrency });
    const { budgets, incomplete } = isBare
      ? { budgets: [], incomplete: [] }
      : await joinWritten(requests, folder);
    return {
      machine: {
        cpu: cpus()[0]?.model.trim() ?? 'unknown',
        cores: availableParallelism(),
        node: process.version,
      },
      model,
      picture: path.basename(picture),
      pictureBytes: bytes.length,
      count,
      concurrency,
      client: spreadOf(requests.map(({ sentMs, receivedMs }) => receivedMs - sentMs)),
      ...(budgets.length > 0 && { budget: sumUp(budgets) }),
      incomplete,
    };
  } finally {
    await stack?.stop();
    await rm(folder, { recursive: true });
  }
}

/** Recorders write a little later. What is not there after many times that never comes. */
async function joinWritten(requests: readonly SentRequest[], folder: string): Promise<Joined> {
  let joined: Joined | undefined;
  const isWhole = async (): Promise<boolean> => {
    joined = joinEvents(requests, await readEvents(folder));
    return joined.incomplete.length === 0;
  };
  await waitFor('the last events', isWhole, 3_000).catch(() => undefined);
  return joined!;
}

async function readEvents(folder: string): Promise<readonly TraceEvent[]> {
  const files = await readdir(folder);
  const texts = await Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')));
  // The last line may be half of one.
  return texts.flatMap((text) =>
    text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as TraceEvent),
  );
}
