/** All sections of the bench in order, each on a stack of its own, and what they were measured on. */
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, totalmem } from 'node:os';
import path from 'node:path';
import { collectsOnRequest } from '../tests/support/garbage.ts';
import { repository } from '../tests/support/service-process.ts';
import { startBenchStack, type BenchStack, type BenchStackOptions } from './bench-stack.ts';
import { Ceiling } from './ceiling/ceiling.ts';
import { measureDepth, type DepthRow } from './sections/depth.ts';
import { exchangeUploadBytes, measureExchange, type ExchangeRow } from './sections/exchange.ts';
import { measureIdle, type IdleFigures } from './sections/idle.ts';
import { measurePictures, type PictureFigures, type PictureOptions } from './sections/pictures.ts';
import { measureQueuedBytes, type QueuedBytes } from './sections/queued-bytes.ts';
import { measureWaitingMemory, type WaitingMemory } from './sections/waiting-memory.ts';
import { measureWorkers, type WorkersRow } from './sections/workers.ts';

export const sections = ['pictures', 'exchange', 'bytes', 'idle', 'depth', 'workers', 'memory'] as const;
export type Section = (typeof sections)[number];

export interface BenchOptions extends PictureOptions {
  readonly sections: readonly Section[];
  /** A path. */
  readonly modelsDir: string;
  readonly depths: readonly number[];
}

export interface BenchReport {
  /** ISO 8601. */
  readonly startedAt: string;
  readonly commit: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGiB: number;
    readonly node: string;
  };
  readonly model: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly pictures?: readonly PictureFigures[];
  readonly exchange?: readonly ExchangeRow[];
  readonly queuedBytes?: QueuedBytes;
  readonly idle?: IdleFigures;
  readonly depth?: readonly DepthRow[];
  readonly workers?: readonly WorkersRow[];
  readonly waitingMemory?: WaitingMemory;
}

const idleSeconds = 30;
const waitingClients = 200;
/** So large that together they are more than a process may leave lying about. */
const waitingUploadBytes = 1_000_000;

export async function runBench(options: BenchOptions): Promise<BenchReport> {
  const { model, modelsDir, rounds, seconds, depths, concurrencies, say } = options;
  const has = (section: Section): boolean => options.sections.includes(section);
  const report: { -readonly [K in keyof BenchReport]: BenchReport[K] } = {
    startedAt: new Date().toISOString(),
    commit: commit(),
    machine: machine(),
    model,
    rounds,
    seconds,
  };
  if (has('idle') || has('pictures')) {
    await onStack({ models: [model], modelsDir }, async (bench) => {
      if (has('idle')) {
        say('idle');
        report.idle = await measureIdle(bench, idleSeconds);
      }
      if (!has('pictures')) return;
      const ceiling = await Ceiling.start(path.join(modelsDir, model));
      report.pictures = await measurePictures(bench, ceiling, options).finally(() => ceiling.stop());
    });
  }
  if (has('exchange')) {
    say('the exchange alone');
    report.exchange = await onStack({}, (bench) =>
      measureExchange(bench, { concurrencies, rounds, seconds }),
    );
  }
  if (has('bytes')) {
    say('bytes of a queued job');
    report.queuedBytes = await onStack({}, (bench) => measureQueuedBytes(bench, exchangeUploadBytes, 500));
  }
  if (has('depth')) {
    say('by depth of the queue');
    report.depth = await onStack({}, (bench) => measureDepth(bench, { depths, rounds, say }));
  }
  if (has('workers')) {
    say('by number of workers');
    report.workers = await onStack({}, (bench) => measureWorkers(bench, [1, 2, 4], seconds));
  }
  if (has('memory')) {
    say('memory of clients that wait');
    report.waitingMemory = await onStack({ env: collectsOnRequest }, (bench) =>
      measureWaitingMemory(bench, waitingClients, waitingUploadBytes),
    );
  }
  return report;
}

async function onStack<T>(options: BenchStackOptions, work: (bench: BenchStack) => Promise<T>): Promise<T> {
  const bench = await startBenchStack(options);
  try {
    return await work(bench);
  } finally {
    await bench.stop();
  }
}

function machine(): BenchReport['machine'] {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
}

/** With a mark where files differ from it. */
function commit(): string {
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : ' and changes');
  } catch {
    return 'unknown';
  }
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: repository, encoding: 'utf8' }).trim();
}
