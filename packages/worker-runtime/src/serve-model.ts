/**
 * The main thread of a worker process: reads the folder, starts the engine, tells Redis who it is, and takes jobs until
 * it is told to stop. What happens to a job is told in `flow/process-job.ts`.
 */
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import {
  ServiceError,
  closingMarginMs,
  defaultRedisUrl,
  keysOf,
  type ModelRecord,
  type Settings,
} from '@shoal/shared/contract';
import {
  ExchangeStore,
  GpuStore,
  ModelStore,
  RedisUnfitError,
  checkRedis,
  connectConsumer,
  type Redis,
} from '@shoal/shared/redis';
import { closeOnExit, createLog, sayReady, settingsOrExit, type Logger } from '@shoal/shared/service';
import type { ModelAdapter } from './adapter.ts';
import { Announcer, NameTakenError } from './announcer.ts';
import { Batcher } from './batcher.ts';
import type { GpuLease } from './device/gpu-lease.ts';
import { listGpus } from './device/list-gpus.ts';
import { choosePlace, startEngine } from './device/start-engine.ts';
import type { InferenceItem, InferenceOutput, WorkerContext } from './flow/context.ts';
import { PixelBudget } from './flow/pixel-budget.ts';
import { processJob } from './flow/process-job.ts';
import { Gate } from './gate.ts';
import { HealthPortError, serveHealth, type HealthServer } from './health-server.ts';
import { UnfitModelError, type Engine } from './inference/engine.ts';
import { consumeJobs, type JobConsumer } from './job-consumer.ts';
import { WorkerMetrics } from './metrics.ts';
import { ModelFolderError, readModelFolder, type ModelFolder } from './model-folder/index.ts';

/** Serves one model until a signal. Ends the process with a sentence and status 1 when the model cannot be served. */
export async function serveModel(adapter: ModelAdapter, entry: URL): Promise<void> {
  const settings = settingsOrExit(`worker-${adapter.family}`);
  const log = createLog(`worker-${adapter.family}`, settings);
  const parts: Partial<WorkerParts> = {};
  closeOnExit(log, settings.SHOAL_DRAIN_MS + closingMarginMs, () =>
    close(parts, settings.SHOAL_DRAIN_MS, log),
  );
  try {
    await start(adapter, entry, settings, log, parts);
  } catch (error) {
    if (!isForAPerson(error)) throw error;
    log.fatal(error.message);
    if (!(error instanceof NameTakenError)) await parts.announcer?.becomeFailed(error.message);
    await close(parts, 0, log);
    process.exit(1);
  }
}

interface WorkerParts {
  health: HealthServer;
  redis: Redis;
  announcer: Announcer;
  lease: GpuLease | undefined;
  engine: Engine;
  consumer: JobConsumer;
}

async function start(
  adapter: ModelAdapter,
  entry: URL,
  settings: Settings,
  log: Logger,
  parts: Partial<WorkerParts>,
): Promise<void> {
  if (settings.MODEL === undefined)
    throw new ModelFolderError('MODEL is not set: it names the folder to serve');
  const folder = await readModelFolder(path.join(settings.MODELS_DIR, settings.MODEL));
  if (folder.manifest.adapter !== adapter.family) {
    throw new ModelFolderError(
      `${folder.name}: adapter is ${folder.manifest.adapter}, but this worker serves ${adapter.family}`,
    );
  }
  const metrics = new WorkerMetrics(folder.name, folder.version);
  // Before Redis, which a worker waits for: it is alive meanwhile.
  await openHealthPort(settings, metrics, parts, log);
  const keys = keysOf(settings.SHOAL_REDIS_PREFIX);
  const redis = connectConsumer(settings.REDIS_URL ?? defaultRedisUrl);
  parts.redis = redis;
  redis.on('error', (error) => log.warn({ err: error }, 'Redis is away'));
  await checkRedis(redis);

  const workerId = randomUUID();
  const record = recordOf(folder);
  const place = await choosePlace(settings.DEVICE, settings.DEVICE === 'cpu' ? [] : await listGpus(), {
    store: new GpuStore(redis, keys),
    workerId,
    log,
  });
  parts.lease = place.lease;
  parts.announcer = new Announcer(
    new ModelStore(redis, keys),
    record,
    {
      id: workerId,
      model: folder.name,
      device: place.device,
      state: 'loading',
      version: folder.version,
      sha256: folder.sha256,
    },
    log,
  );
  await parts.announcer.start();

  const options = {
    entry,
    modelPath: folder.modelPath,
    manifest: folder.manifest,
    intraOpThreads: settings.SHOAL_ORT_THREADS,
    threads: settings.SHOAL_INFERENCE_THREADS,
    inferenceTimeoutMs: settings.SHOAL_INFERENCE_TIMEOUT_MS,
    onBroken: (error: Error) => {
      // Nothing is lost by dying here: the jobs are in the queue.
      log.fatal({ err: error }, 'the inference engine is broken');
      process.exit(1);
    },
  };
  const engine = await startEngine(settings.DEVICE, place, options, log);
  parts.engine = engine;

  const context: WorkerContext = {
    exchange: new ExchangeStore(redis, keys, settings.SHOAL_RESULT_TTL_MS),
    gate: new Gate(),
    batcher: createBatcher(engine, metrics, settings.SHOAL_INFERENCE_TIMEOUT_MS / 2),
    plan: engine.plan,
    record: { ...record, labels: [...engine.plan.labels] },
    device: engine.device,
    imagePixelsMax: settings.SHOAL_IMAGE_PIXELS_MAX,
    heldPixels: new PixelBudget(2 * settings.SHOAL_IMAGE_PIXELS_MAX),
    metrics,
    log,
    now: Date.now,
  };
  await parts.announcer.becomeReady(context.record, engine.device);
  parts.consumer = consumeJobs({
    redis,
    keys,
    model: folder.name,
    workerId,
    // While one batch is computed the next one is fetched and decoded; one alone would starve the queue's loop.
    concurrency: Math.max(4, 2 * engine.lanes * engine.plan.maxBatch),
    process: (delivery) => processJob(delivery, context),
    onError: (error) => log.warn({ err: error }, 'the queue reported an error'),
  });
  log.info({ model: folder.name, version: folder.version, device: engine.device }, 'ready');
  sayReady();
}

async function openHealthPort(
  { SHOAL_METRICS_HOST: host, SHOAL_METRICS_PORT: port }: Settings,
  metrics: WorkerMetrics,
  parts: Partial<WorkerParts>,
  log: Logger,
): Promise<void> {
  if (port === undefined) return;
  metrics.watchProcess();
  const unreadyBecause = () => {
    if (parts.consumer === undefined) return 'the model is not ready yet';
    if (!parts.consumer.isTakingJobs) return 'this worker takes no more jobs';
    return parts.redis?.status === 'ready' ? undefined : 'Redis cannot be reached';
  };
  parts.health = await serveHealth({ host, port, metrics, unreadyBecause });
  log.info({ address: parts.health.address }, 'health and metrics are served');
}

function recordOf({ name, manifest, version }: ModelFolder): ModelRecord {
  return {
    name,
    title: manifest.title ?? name,
    aliases: manifest.aliases,
    task: 'detection',
    version,
    labels: Array.isArray(manifest.labels) ? manifest.labels : [],
    defaults: manifest.defaults,
    input: manifest.input,
  };
}

function createBatcher(
  engine: Engine,
  metrics: WorkerMetrics,
  batchMsMax: number,
): Batcher<InferenceItem, InferenceOutput> {
  return new Batcher({
    batchMax: engine.plan.maxBatch,
    batchMsMax,
    lanes: engine.lanes,
    compute: async (items) => {
      const { outcomes, inferMs, unpackMs } = await engine.run(
        items.map(({ views, geometries, options }) => ({ views, geometries, options })),
      );
      metrics.computed(items.length);
      return outcomes.map((outcome) =>
        outcome.ok
          ? { ok: true, output: { detections: outcome.detections, inferMs, unpackMs } }
          : { ok: false, error: new Error(outcome.error) },
      );
    },
    expire: () => new ServiceError('deadline_exceeded', 'expired before inference'),
  });
}

/** Finishes what is in flight for `drainMs`, then lets go: whatever is left comes back through the queue. */
async function close(parts: Partial<WorkerParts>, drainMs: number, log: Logger): Promise<void> {
  const drained = parts.consumer?.close(false) ?? Promise.resolve();
  const inTime = await Promise.race([
    drained.then(() => true),
    new Promise<false>((resolve) => setTimeout(() => resolve(false), drainMs).unref()),
  ]);
  if (!inTime)
    log.warn('jobs were still in flight when the time to drain was over: they will be delivered again');
  if (parts.redis?.status === 'ready') {
    await parts.announcer?.stop();
    await parts.lease?.release();
  }
  await parts.engine?.close();
  parts.redis?.disconnect();
  parts.health?.close();
}

/** Errors whose message says all: no stack is shown for them. */
function isForAPerson(error: unknown): error is Error {
  return [HealthPortError, ModelFolderError, NameTakenError, RedisUnfitError, UnfitModelError].some(
    (kind) => error instanceof kind,
  );
}
