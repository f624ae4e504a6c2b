/**
 * The main thread of a worker process: reads the folder, starts the engine, tells Redis who it is, and takes jobs until
 * it is told to stop. What happens to a job is told in `flow/process-job.ts`.
 */
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import {
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
  QuarantineStore,
  RedisUnfitError,
  awaitRedis,
  connectConsumer,
  connectSubscriber,
  quarantineLimits,
  tellOfTrouble,
} from '@shoal/shared/redis';
import {
  closeOnExit,
  createLog,
  collectForPassingBytes,
  markSeldom,
  sayReady,
  settingsOrExit,
  watchEventLoop,
  type Logger,
} from '@shoal/shared/service';
import type { ResizePlan } from '@shoal/vision';
import type { ModelAdapter, ModelPlan } from './adapter.ts';
import { Announcer, NameTakenError } from './announcer.ts';
import { ConsumerWatch } from './consumer-watch.ts';
import { createBatcher } from './create-batcher.ts';
import { readAllowance } from './device/allowance.ts';
import { listGpus } from './device/list-gpus.ts';
import { MachineShare } from './device/machine-share.ts';
import { choosePlace, startEngine } from './device/start-engine.ts';
import { Endings } from './endings.ts';
import type { WorkerContext } from './flow/context.ts';
import { decodeImage } from './flow/decode-image.ts';
import { PixelBudget } from './flow/pixel-budget.ts';
import { processJob } from './flow/process-job.ts';
import { Gate } from './gate.ts';
import { HealthPortError, serveHealth } from './health-server.ts';
import { UnfitModelError } from './inference/thread.ts';
import { consumeJobs } from './job-consumer.ts';
import { WorkerMetrics } from './metrics.ts';
import { ModelFolderError, readModelFolder, requireFamily, type ModelFolder } from './model-folder/index.ts';
import { Pace } from './pace.ts';
import { closeParts, endStuck, unreadyBecause, type WorkerParts } from './worker-parts.ts';

/** Serves one model until a signal. Ends the process with a sentence and status 1 when the model cannot be served. */
export async function serveModel(adapter: ModelAdapter, entry: URL): Promise<void> {
  const settings = settingsOrExit(`worker-${adapter.family}`);
  const log = createLog(`worker-${adapter.family}`, settings);
  watchEventLoop(`worker-${adapter.family}`);
  collectForPassingBytes();
  markSeldom();
  const parts: Partial<WorkerParts> = {};
  closeOnExit(log, settings.SHOAL_DRAIN_MS + closingMarginMs, () =>
    closeParts(parts, settings.SHOAL_DRAIN_MS, log),
  );
  try {
    await start(adapter, entry, settings, log, parts);
  } catch (error) {
    if (!isForAPerson(error)) throw error;
    log.fatal(error.message);
    if (!(error instanceof NameTakenError)) await parts.announcer?.becomeFailed(error.message);
    await closeParts(parts, 0, log);
    process.exit(1);
  }
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
  requireFamily(folder, adapter.family);
  const metrics = new WorkerMetrics(folder.name, folder.version);
  // Before Redis, which a worker waits for: it is alive meanwhile.
  await openHealthPort(settings, metrics, parts, log);
  const keys = keysOf(settings.SHOAL_REDIS_PREFIX);
  const redis = connectConsumer(settings.REDIS_URL ?? defaultRedisUrl);
  parts.redis = redis;
  tellOfTrouble([redis], log);
  const redisBytesMax = await awaitRedis(redis, log);

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
    () => parts.readPace?.(),
  );
  await parts.announcer.start();

  const options = {
    entry,
    modelPath: folder.modelPath,
    manifest: folder.manifest,
    threads: settings.SHOAL_INFERENCE_THREADS,
    intraOpThreads: settings.SHOAL_ORT_THREADS,
    hasWide: settings.SHOAL_WIDE_SESSION,
    batchMax: settings.SHOAL_BATCH_MAX,
    readAllowance,
    onLess: (what: string) => log.warn(what),
    inferenceTimeoutMs: settings.SHOAL_INFERENCE_TIMEOUT_MS,
    onThreadEnded: (reason: Error) => {
      log.error({ err: reason }, 'an inference thread ended: a new one takes its place');
    },
    onBroken: (error: Error) => {
      // Nothing is lost by dying here: the jobs are in the queue.
      log.fatal({ err: error }, 'the inference engine is broken');
      process.exit(1);
    },
  };
  const engine = await startEngine(settings.DEVICE, place, options, log);
  parts.engine = engine;
  const { lanes: threads, intraOpThreads, wideThreads } = engine;
  log.info({ threads, intraOpThreads, wideThreads, maxBatch: engine.plan.maxBatch }, 'the model is loaded');
  parts.share = new MachineShare({ redis, keys, workerId, log });
  parts.share.start();

  // While one batch is computed the next one is fetched and decoded; one alone would starve the queue's loop.
  const slots = Math.max(4, 2 * engine.lanes * engine.plan.maxBatch);
  const pace = new Pace(slots);
  const endings = new Endings();
  parts.subscriber = connectSubscriber(settings.REDIS_URL ?? defaultRedisUrl);
  parts.subscriber.on('error', (error) => log.debug({ err: error }, 'Redis is away'));
  endings.listen(parts.subscriber, keys, folder.name, log);

  const context: WorkerContext = {
    exchange: new ExchangeStore(redis, keys),
    quarantine: {
      store: new QuarantineStore(redis, keys),
      limits: quarantineLimits(settings, redisBytesMax),
      workerId,
    },
    gate: new Gate(),
    batcher: createBatcher(engine, settings.SHOAL_INFERENCE_TIMEOUT_MS / 2, {
      metrics,
      pace,
      share: parts.share,
    }),
    plan: engine.plan,
    record: completed(record, engine.plan),
    device: engine.device,
    decode: decoder(engine.plan.resize, settings.SHOAL_IMAGE_PIXELS_MAX),
    endings,
    pace,
    metrics,
    log,
    now: Date.now,
  };
  parts.readPace = () => context.pace.read(context.batcher.itemsPerS);
  await parts.announcer.becomeReady(context.record, engine.device);
  parts.consumer = consumeJobs({
    redis,
    keys,
    model: folder.name,
    workerId,
    slots,
    process: (delivery) => processJob(delivery, context),
    onError: (error) => log.warn({ err: error }, 'the queue reported an error'),
  });
  parts.watch = new ConsumerWatch({
    consumer: parts.consumer,
    redis,
    inferenceTimeoutMs: settings.SHOAL_INFERENCE_TIMEOUT_MS,
    isHeldUp: () => engine.threadsReady === 0,
    onStuck: (verdict) => void endStuck(verdict, parts, settings.SHOAL_INFERENCE_TIMEOUT_MS, log),
    log,
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
  parts.health = await serveHealth({
    host,
    port,
    metrics,
    stuckBecause: () => parts.watch?.stuckBecause,
    unreadyBecause: () => unreadyBecause(parts),
  });
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

/** With what only the file could tell. */
function completed(record: ModelRecord, { labels, fixedOptions }: ModelPlan): ModelRecord {
  return {
    ...record,
    labels: [...labels],
    ...(fixedOptions !== undefined && { fixedOptions: [...fixedOptions] }),
  };
}

/** At most two of the largest pictures lie decoded in memory at once. */
function decoder(resize: ResizePlan, imagePixelsMax: number): WorkerContext['decode'] {
  const limits = { imagePixelsMax, heldPixels: new PixelBudget(2 * imagePixelsMax) };
  return (bytes, { allowTruncated = false } = {}) =>
    decodeImage(bytes, resize, { ...limits, allowTruncated });
}

/** Errors whose message says all: no stack is shown for them. */
function isForAPerson(error: unknown): error is Error {
  return [HealthPortError, ModelFolderError, NameTakenError, RedisUnfitError, UnfitModelError].some(
    (kind) => error instanceof kind,
  );
}
