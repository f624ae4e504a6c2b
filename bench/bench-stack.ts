/**
 * The stack that is measured: a Redis that writes its file as `npm start` has it, a gateway and workers, each a process of its own
 * on 127.0.0.1, with the settings that they choose themselves.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServiceProcess } from '../tests/support/service-process.ts';
import { startStack, type Stack } from '../tests/support/stack.ts';
import { countCpu, type CpuMs } from './process-cpu.ts';

export interface BenchStack {
  readonly stack: Stack;
  readonly url: string;
  startNullWorker(model: string, computeMs?: number): Promise<ServiceProcess>;
  /** Of gateway, Redis and all workers together. */
  countCpu(): () => CpuMs;
  stop(): Promise<void>;
}

const redisBytesMax = 2_000_000_000;

export interface BenchStackOptions {
  /** Folder names under `modelsDir`, with a worker each. */
  readonly models?: readonly string[];
  readonly modelsDir?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export async function startBenchStack({
  models = [],
  modelsDir,
  env,
}: BenchStackOptions): Promise<BenchStack> {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const logFile = join(folder, 'services.log');
  const stack = await startStack({
    models,
    ...(modelsDir !== undefined && { modelsDir }),
    logFile,
    redis: { isAppendOnly: true, isSyncedAlways: true, memoryBytesMax: redisBytesMax },
    env: {
      SHOAL_QUEUE_BYTES_MAX: '1400000000',
      SHOAL_MODEL_BYTES_MAX: '1400000000',
      SHOAL_QUEUE_JOBS_MAX: '20000',
      SHOAL_MODEL_JOBS_MAX: '20000',
      ...env,
    },
  });
  const nullWorkers: ServiceProcess[] = [];
  return {
    stack,
    url: stack.url,
    async startNullWorker(model, computeMs = 0) {
      const settings = {
        REDIS_URL: stack.redis.url,
        MODEL: model,
        NULL_MODEL_COMPUTE_MS: String(computeMs),
      };
      const worker = new ServiceProcess('bench/null-worker.ts', settings, { logFile });
      nullWorkers.push(worker);
      await stack.modelBecomes(model, 'ready');
      return worker;
    },
    countCpu() {
      const workers = [...stack.workers, ...nullWorkers].filter(({ isRunning }) => isRunning);
      const count = countCpu({
        gateway: stack.gateway.pid,
        redis: stack.redis.pid,
        ...Object.fromEntries(workers.map(({ pid }, index) => [`worker ${index}`, pid])),
      });
      return () => {
        const { gateway = 0, redis = 0, ...others } = count();
        return { gateway, redis, worker: Object.values(others).reduce((sum, ms) => sum + ms, 0) };
      };
    },
    async stop() {
      await Promise.all(nullWorkers.map((worker) => worker.kill()));
      await stack.stop();
    },
  };
}
