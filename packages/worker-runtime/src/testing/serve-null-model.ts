/**
 * A worker whose model is nothing: no file, no decoding, no threads. All else is the worker as it runs in earnest: queue, marks,
 * bytes out of Redis, answers, announcements. What is left of the time is the exchange alone. A signal ends it at once,
 * which is a death like any other.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultRedisUrl, keysOf, type ModelRecord } from '@shoal/shared/contract';
import {
  ExchangeStore,
  ModelStore,
  QuarantineStore,
  awaitRedis,
  connectConsumer,
  connectSubscriber,
  quarantineLimits,
} from '@shoal/shared/redis';
import { createLog, collectForPassingBytes, markSeldom, settingsOrExit } from '@shoal/shared/service';
import { Announcer } from '../announcer.ts';
import { Batcher } from '../batcher.ts';
import { Endings } from '../endings.ts';
import type { InferenceItem, InferenceOutput, WorkerContext } from '../flow/context.ts';
import { processJob } from '../flow/process-job.ts';
import { Gate } from '../gate.ts';
import { consumeJobs } from '../job-consumer.ts';
import { WorkerMetrics } from '../metrics.ts';
import { Pace } from '../pace.ts';

export interface NullModel {
  readonly name: string;
  /** One picture is "computed" for this long, one at a time; 0: not at all, and as many as come. */
  readonly computeMs: number;
}

const version = 'null';
/** As many as a worker with a session for each of two cores has. */
const slotsOfTwoCores = 8;

export async function serveNullModel({ name, computeMs }: NullModel): Promise<void> {
  const settings = settingsOrExit('worker-null');
  const log = createLog('worker-null', settings);
  collectForPassingBytes();
  markSeldom();
  const url = settings.REDIS_URL ?? defaultRedisUrl;
  const keys = keysOf(settings.SHOAL_REDIS_PREFIX);
  const redis = connectConsumer(url);
  const redisBytesMax = await awaitRedis(redis, log);
  const workerId = randomUUID();
  const record: ModelRecord = {
    name,
    title: name,
    aliases: [],
    task: 'detection',
    version,
    labels: [],
    defaults: { minScore: 0.25, iou: 0.45, maxDetections: 300, classAgnostic: false },
    input: {},
  };
  const slots = slotsOfTwoCores;
  const endings = new Endings();
  endings.listen(connectSubscriber(url), keys, name, log);
  const context: WorkerContext = {
    exchange: new ExchangeStore(redis, keys),
    quarantine: {
      store: new QuarantineStore(redis, keys),
      limits: quarantineLimits(settings, redisBytesMax),
      workerId,
    },
    gate: new Gate(),
    batcher: new Batcher<InferenceItem, InferenceOutput>({
      batchMax: computeMs === 0 ? slots : 1,
      batchMsMax: 1_000,
      lanes: 1,
      compute: async (items) => {
        if (computeMs > 0) await sleep(computeMs);
        return items.map(() => ({ ok: true, output: { detections: [], inferMs: computeMs, unpackMs: 0 } }));
      },
      expire: () => new Error('expired before it was computed'),
    }),
    plan: {
      labels: [],
      resize: { fit: 'inside', width: 1, height: 1, padValue: 0 },
      maxBatch: 1,
      channels: 'rgb',
      outputs: [],
      layout: undefined,
    },
    record,
    device: 'none',
    decode: async () => ({ width: 1, height: 1, views: [], geometries: [] }),
    endings,
    pace: new Pace(slots),
    metrics: new WorkerMetrics(name, version),
    log,
    now: Date.now,
  };
  const announcer = new Announcer(
    new ModelStore(redis, keys),
    record,
    { id: workerId, model: name, device: 'none', state: 'loading', version, sha256: '0'.repeat(64) },
    log,
    () => context.pace.read(context.batcher.itemsPerS),
  );
  await announcer.start();
  await announcer.becomeReady(record, 'none');
  consumeJobs({
    redis,
    keys,
    model: name,
    workerId,
    slots,
    process: (delivery) => processJob(delivery, context),
    onError: (error) => log.warn({ err: error }, 'the queue reported an error'),
  });
}
