import { readSettings } from '@shoal/shared/service';
import type { FastifyRequest } from 'fastify';
import { describe, expect, onTestFinished, test } from 'vitest';
import { testRecord, useRedis } from '../../../../tests/support/exchange.ts';
import { waitFor } from '../../../../tests/support/wait-for.ts';
import type { GatewayContext } from '../gateway-context.ts';
import { admitModel, admitRequest, reserveUpload } from './admit.ts';
import { testGateway, testSnapshot } from './test-context.ts';

const world = useRedis();

function gateway(uploadsBytesMax: number): GatewayContext {
  const settings = readSettings({
    SHOAL_UPLOADS_BYTES_MAX: String(uploadsBytesMax),
    SHOAL_UPLOAD_BYTES_MAX: '1000',
    SHOAL_REQUEST_BYTES_MAX: '1000',
  });
  // Only what is asked here: the load and the limits.
  return { settings, load: { inFlight: 0, uploadBytes: 0, phase: 'serving' } } as unknown as GatewayContext;
}

const request = (headers: Record<string, string>) => ({ headers }) as unknown as FastifyRequest;
const sized = (bytes: number) => request({ 'content-length': String(bytes) });
/** A body of that size, all of which has come. */
const arrived = (bytes: number, context: GatewayContext) => {
  const room = reserveUpload(sized(bytes), context);
  room.received(bytes);
  return room;
};

test('bodies are let in while there is room, and again when one has been read', () => {
  const context = gateway(1_000);
  const large = arrived(600, context);
  expect(() => reserveUpload(sized(600), context)).toThrow('receiving as many bytes as it may');
  const small = arrived(400, context);
  large.release();
  arrived(600, context);
  small.release();
  expect(context.load.uploadBytes).toBe(600);
});

test('a body that is only promised holds no room, and one that comes is refused when there is none left', () => {
  const context = gateway(1_000);
  const rooms = Array.from({ length: 100 }, () => reserveUpload(sized(900), context));
  expect(context.load.uploadBytes).toBe(0);
  rooms[0]!.received(600);
  expect(() => rooms[1]!.received(500)).toThrow('receiving as many bytes as it may');
  rooms[1]!.received(400);
  expect(context.load.uploadBytes).toBe(1_000);
});

test('a body that does not say its size counts as the largest that is allowed', () => {
  const context = gateway(1_500);
  arrived(501, context);
  expect(() => reserveUpload(request({ 'transfer-encoding': 'chunked' }), context)).toThrow('as many bytes');
  expect(context.load.uploadBytes).toBe(501);
});

test('JSON counts twice, since it is held as text and as a picture', () => {
  const context = gateway(10_000);
  const json = request({ 'content-type': 'application/json', 'content-length': '700' });
  reserveUpload(json, context).received(700);
  expect(context.load.uploadBytes).toBe(1_400);
});

test('what a body says of its size is believed only up to what may come', () => {
  const context = gateway(2_001);
  arrived(1, context);
  reserveUpload(sized(999_999_999), context);
  arrived(1, context);
  expect(() => reserveUpload(sized(999_999_999), context)).toThrow('as many bytes as it may');
});

test('one upload is always let in', () => {
  const context = gateway(10);
  arrived(900, context);
  expect(() => reserveUpload(sized(1), context)).toThrow('as many bytes as it may');
});

test('a picture that a body only names takes room as well, given back with the rest', () => {
  const context = gateway(1_000);
  const room = arrived(100, context);
  const other = arrived(100, context);
  room.extend(500);
  expect(() => room.extend(400)).toThrow('as many bytes as it may');
  expect(context.load.uploadBytes).toBe(700);
  room.release();
  expect(context.load.uploadBytes).toBe(100);
  // It may be the only one, and it may have ended before its picture came.
  other.extend(5_000);
  expect(() => room.extend(1)).toThrow('the request has ended');
  other.release();
  expect(context.load.uploadBytes).toBe(0);
});

describe('a request is let in', () => {
  test('by a gateway that serves, and by one that is about to leave', async () => {
    const context = await testGateway(world);
    admitRequest(context);
    context.load.phase = 'leaving';
    admitRequest(context);
    context.load.phase = 'draining';
    expect(() => admitRequest(context)).toThrow(expect.objectContaining({ code: 'shutting_down' }));
  });

  test('up to as many as may be in flight', async () => {
    const context = await testGateway(world, { settings: { SHOAL_REQUESTS_MAX: '3' } });
    context.load.inFlight = 2;
    admitRequest(context);
    context.load.inFlight = 3;
    expect(() => admitRequest(context)).toThrow(expect.objectContaining({ code: 'overloaded' }));
  });

  test('while Redis is there, and has room for more than answers', async () => {
    const context = await testGateway(world);
    onTestFinished(async () => void (await world.redis.config('SET', 'maxmemory', '0')));
    await world.redis.config('SET', 'maxmemory', '1000');
    await context.redisWatch.refresh();
    expect(() => admitRequest(context)).toThrow(/keeps what is left of its memory for answers/);
    await world.redis.config('SET', 'maxmemory', '0');
    await context.redisWatch.refresh();
    admitRequest(context);
    context.redis.disconnect();
    await waitFor('the loss', () => context.redis.status !== 'ready');
    expect(() => admitRequest(context)).toThrow(expect.objectContaining({ code: 'redis_unavailable' }));
  });
});

const away = (awayMs: number, reason?: string) => ({
  ...testSnapshot(),
  record: testRecord(),
  lastSeenMs: Date.now() - awayMs,
  workers: reason === undefined ? [] : [{ ...testSnapshot().workers[0]!, state: 'failed' as const, reason }],
});

describe('a model', () => {
  test('that has a worker takes pictures, also while that one loads', async () => {
    const context = await testGateway(world);
    for (const state of ['ready', 'loading'] as const) {
      const workers = [{ ...testSnapshot().workers[0]!, state }];
      expect(() => admitModel({ ...testSnapshot(), lastSeenMs: 0, workers }, context)).not.toThrow();
    }
  });

  test('whose workers are away takes them for a while, and then says why not', async () => {
    const context = await testGateway(world, { settings: { SHOAL_MODEL_GRACE_MS: '30000' } });
    admitModel(away(29_000), context);
    admitModel(away(29_000, 'the file is no graph'), context);
    expect(() => admitModel(away(31_000), context)).toThrow('no worker serves tiny at present');
    expect(() => admitModel(away(31_000, 'the file is no graph'), context)).toThrow(
      'no worker serves tiny at present: the file is no graph',
    );
  });
});
