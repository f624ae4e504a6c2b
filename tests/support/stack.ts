/** The whole system for a test: a private Redis, gateways and workers as real processes on 127.0.0.1. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { freePort } from '../../scripts/redis/ports.ts';
import { startRedis, type TestRedis, type TestRedisOptions } from './redis.ts';
import { ServiceProcess, repository } from './service-process.ts';
import { waitFor } from './wait-for.ts';

export interface StackOptions {
  /** Folder names under `modelsDir`; one worker each, a name that comes twice has two. */
  readonly models: readonly string[];
  readonly modelsDir?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly redis?: TestRedisOptions;
  /** A file for the services' output, of which nothing is then known here. */
  readonly logFile?: string;
}

export interface Stack {
  readonly url: string;
  readonly redis: TestRedis;
  readonly gateway: ServiceProcess;
  readonly workers: readonly ServiceProcess[];
  startGateway(
    env?: Readonly<Record<string, string>>,
    attempt?: number,
  ): Promise<{ url: string; gateway: ServiceProcess }>;
  startWorker(model: string, env?: Readonly<Record<string, string>>): Promise<ServiceProcess>;
  /** Resolves when the model's state is the one asked for. */
  modelBecomes(model: string, state: string): Promise<void>;
  stop(): Promise<void>;
}

const portAttemptsMax = 3;

/** Queue limits that fit the small Redis of a test. */
const smallLimits = { SHOAL_QUEUE_BYTES_MAX: '150000000', SHOAL_MODEL_BYTES_MAX: '100000000' };

export async function startStack(options: StackOptions): Promise<Stack> {
  const redis = await startRedis(options.redis);
  const modelsDir = options.modelsDir ?? path.join(repository, 'models');
  const base = { REDIS_URL: redis.url, MODELS_DIR: modelsDir, ...smallLimits, ...options.env };
  const output = { logFile: options.logFile };
  const services: ServiceProcess[] = [];

  const stack = {
    url: '',
    redis,
    workers: [] as ServiceProcess[],
    gateway: undefined as unknown as ServiceProcess,

    async startGateway(
      env: Readonly<Record<string, string>> = {},
      attempt = 1,
    ): Promise<{ url: string; gateway: ServiceProcess }> {
      const port = env['PORT'] ?? (await freePort());
      const settings = { ...base, PORT: String(port), ...env };
      const gateway = new ServiceProcess('apps/gateway/src/main.ts', settings, output);
      services.push(gateway);
      const url = `http://127.0.0.1:${port}`;
      const state = await waitFor(`the gateway at ${url}: ${gateway.text}`, async () =>
        gateway.isRunning ? (await fetch(`${url}/livez`)).ok && 'alive' : 'gone',
      );
      if (state === 'alive') return { url, gateway };
      // Test files run side by side, and another may have taken the port meanwhile.
      if (env['PORT'] === undefined && attempt < portAttemptsMax && gateway.text.includes('EADDRINUSE')) {
        return stack.startGateway(env, attempt + 1);
      }
      throw new Error(`the gateway ended: ${gateway.text}`);
    },

    async startWorker(model: string, env: Readonly<Record<string, string>> = {}) {
      const settings = { ...base, MODEL: model, ...env };
      const worker = new ServiceProcess(await mainOf(path.join(modelsDir, model)), settings, output);
      services.push(worker);
      stack.workers.push(worker);
      return worker;
    },

    async modelBecomes(model: string, state: string) {
      await waitFor(`${model} to be ${state}`, async () => {
        const response = await fetch(`${stack.url}/v1/models/${model}`);
        return response.ok && ((await response.json()) as { state: string }).state === state;
      });
    },

    async stop() {
      await Promise.all(services.map((service) => service.kill()));
      await redis.stop();
    },
  };

  try {
    Object.assign(stack, await stack.startGateway());
    for (const model of options.models) await stack.startWorker(model);
    for (const model of new Set(options.models)) await stack.modelBecomes(model, 'ready');
    return stack;
  } catch (error) {
    const texts = services.map((service) => service.text.slice(-2_000));
    await stack.stop();
    throw new Error(`the stack did not start: ${texts.join('\n---\n')}`, { cause: error });
  }
}

/** A folder without a manifest is an Ultralytics export. */
async function mainOf(folder: string): Promise<string> {
  const manifest = await readFile(path.join(folder, 'model.yaml'), 'utf8').catch(() => 'adapter: yolo');
  const { adapter } = parse(manifest) as { adapter: string };
  return adapter === 'scripted'
    ? 'tests/fixtures/scripted-worker/main.ts'
    : `apps/worker-${adapter}/src/main.ts`;
}
