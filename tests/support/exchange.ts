/** Real parts of the exchange for the tests of one side: a private Redis for the file, connections to it, and jobs. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Job, ModelRecord, SucceededResult } from '../../packages/shared/src/contract/index.ts';
import { connectConsumer, type AdmitLimits, type Redis } from '../../packages/shared/src/redis/index.ts';
import { startRedis, type TestRedis } from './redis.ts';

export interface RedisOfFile {
  readonly server: TestRedis;
  /** For looking in from outside. */
  readonly redis: Redis;
  /** Hands over a connection that is to end with the file; that it is lost meanwhile is no news. */
  adopt(connection: Redis): Redis;
}

/** Registers hooks: Redis starts with the file, is empty before each test, and ends with the file. */
export function useRedis(): RedisOfFile {
  const connections: Redis[] = [];
  const parts = {
    adopt(connection: Redis): Redis {
      connection.on('error', () => undefined);
      connections.push(connection);
      return connection;
    },
  } as RedisOfFile & { server: TestRedis; redis: Redis };
  beforeAll(async () => {
    parts.server = await startRedis();
    parts.redis = parts.adopt(connectConsumer(parts.server.url));
  });
  beforeEach(async () => {
    await parts.redis.flushall();
  });
  afterAll(async () => {
    for (const connection of connections) connection.disconnect();
    await parts.server.stop();
  });
  return parts;
}

/** Limits that no test reaches. */
export const roomyLimits: AdmitLimits = {
  modelJobsMax: 99,
  modelBytesMax: 999_999,
  jobsMax: 99,
  bytesMax: 999_999,
  aheadMax: undefined,
};

/** A job accepted now, with a minute to go. */
export function testJob(fields: Partial<Job> = {}): Job {
  const acceptedAtMs = Date.now();
  return {
    id: randomUUID(),
    model: 'tiny',
    priority: 'normal',
    options: {},
    mediaType: 'image/png',
    acceptedAtMs,
    deadlineAtMs: acceptedAtMs + 60_000,
    gatewayId: 'gateway-1',
    requestId: 'request-1',
    keepMs: 60_000,
    ...fields,
  };
}

export function testRecord(fields: Partial<ModelRecord> = {}): ModelRecord {
  return {
    name: 'tiny',
    title: 'A tiny model',
    aliases: [],
    task: 'detection',
    version: 'v1',
    labels: ['circle', 'square'],
    defaults: { minScore: 0.25, iou: 0.45, maxDetections: 300, classAgnostic: false },
    input: {},
    ...fields,
  };
}

export function testResult(id: string, fields: Partial<SucceededResult> = {}): SucceededResult {
  return {
    id,
    status: 'succeeded',
    task: 'detection',
    model: { name: 'tiny', version: 'v1' },
    device: 'cpu',
    image: { width: 64, height: 48 },
    detections: [{ label: 'circle', classId: 0, score: 0.9, box: { x1: 1, y1: 2, x2: 30, y2: 40 } }],
    timings: { queueMs: 1, decodeMs: 2, batchMs: 3, inferMs: 4, unpackMs: 5, totalMs: 15 },
    ...fields,
  };
}
