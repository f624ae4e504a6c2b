/**
 * What the steps of the worker's flow need, for tests: the exchange, the gate and the batcher are real, and the engine,
 * our own seam, is a function of the test.
 */
import { keysOf, type Job } from '@shoal/shared/contract';
import { ExchangeStore, QuarantineStore } from '@shoal/shared/redis';
import { createLog } from '@shoal/shared/service';
import sharp from 'sharp';
import { roomyLimits, testRecord, type RedisOfFile } from '../../../../tests/support/exchange.ts';
import { Batcher, type ItemOutcome } from '../batcher.ts';
import { Endings } from '../endings.ts';
import { Gate } from '../gate.ts';
import { Pace } from '../pace.ts';
import { WorkerMetrics } from '../metrics.ts';
import { decodeImage } from './decode-image.ts';
import type { InferenceItem, InferenceOutput, WorkerContext } from './context.ts';

export type Compute = (items: readonly InferenceItem[]) => Promise<readonly ItemOutcome<InferenceOutput>[]>;

export const testKeys = keysOf('test');

const resize = { fit: 'letterbox', sizes: [{ width: 64, height: 64 }], padValue: 114 } as const;

/** One square in the middle of every picture. */
export const findsASquare: Compute = async (items) =>
  items.map(() => ({
    ok: true,
    output: {
      detections: [{ classId: 1, score: 0.5, box: { x1: 16, y1: 12, x2: 48, y2: 36 } }],
      inferMs: 3,
      unpackMs: 1,
    },
  }));

export function testContext(world: RedisOfFile, fields: Partial<WorkerContext> & { compute?: Compute } = {}) {
  const { compute = findsASquare, ...more } = fields;
  const exchange = new ExchangeStore(world.redis, testKeys);
  const context: WorkerContext = {
    exchange,
    quarantine: {
      store: new QuarantineStore(world.redis, testKeys),
      limits: { ttlMs: 60_000, bytesMax: 10_000_000 },
      workerId: 'worker-1',
    },
    gate: new Gate(),
    batcher: new Batcher({
      batchMax: 4,
      batchMsMax: 1_000,
      lanes: 1,
      compute,
      expire: () => {
        throw new Error('this batcher is not asked to expire anything');
      },
    }),
    plan: {
      labels: ['circle', 'square'],
      resize,
      maxBatch: 4,
      channels: 'rgb',
      outputs: [],
      layout: undefined,
    },
    record: testRecord(),
    device: 'cpu',
    decode: (bytes, { allowTruncated = false } = {}) =>
      decodeImage(bytes, resize, { imagePixelsMax: 10_000, allowTruncated }),
    endings: new Endings(),
    pace: new Pace(4),
    metrics: new WorkerMetrics('tiny', 'v1'),
    log: createLog('test', { SHOAL_LOG_LEVEL: 'silent' }),
    now: Date.now,
    ...more,
  };
  return context;
}

/** The job as a gateway leaves it in Redis: bytes and ledger row, no mark. */
export async function admitForTest(job: Job, bytes: Buffer, context: WorkerContext): Promise<Job> {
  await context.exchange.admit({ job }, bytes, roomyLimits);
  return job;
}

export function testPicture(width = 64, height = 48): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: '#123456' } })
    .png()
    .toBuffer();
}
