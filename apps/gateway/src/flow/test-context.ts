/**
 * What the steps of the gateway's flow need, for tests: the stores, the queues, the waiters and the endings are real, over
 * the test's own Redis. The models are those that the test names; parts that no step here asks are left out.
 */
import { keysOf } from '@shoal/shared/contract';
import {
  ExchangeStore,
  LedgerStore,
  connectProducer,
  connectSubscriber,
  type ModelSnapshot,
} from '@shoal/shared/redis';
import { createLog, readSettings } from '@shoal/shared/service';
import { onTestFinished } from 'vitest';
import { testRecord, type RedisOfFile } from '../../../../tests/support/exchange.ts';
import { waitFor } from '../../../../tests/support/wait-for.ts';
import type { GatewayContext } from '../gateway-context.ts';
import { GatewayMetrics } from '../metrics.ts';
import { ModelQueues } from '../model-queues.ts';
import { ModelRegistry } from '../model-registry.ts';
import { Outlook } from '../outlook.ts';
import { RedisWatch } from '../redis-watch.ts';
import { Waiters } from '../waiters.ts';
import { Withdrawals } from '../withdrawals.ts';

export const testKeys = keysOf('test');

/** One ready worker of the model `tiny`; its speed is known if it is given. */
export function testSnapshot(itemsPerS?: number): ModelSnapshot {
  const worker = {
    id: 'w1',
    model: 'tiny',
    device: 'cpu',
    version: 'v1',
    sha256: '',
    state: 'ready',
  } as const;
  return {
    record: testRecord(),
    lastSeenMs: Date.now(),
    workers: [{ ...worker, ...(itemsPerS !== undefined && { itemsPerS }) }],
  };
}

export interface TestGatewayOptions {
  readonly id?: string;
  readonly models?: readonly ModelSnapshot[];
  readonly settings?: Readonly<Record<string, string>>;
}

/** A gateway without its HTTP; it ends with the test. */
export async function testGateway(
  world: RedisOfFile,
  { id = 'gateway-1', models = [testSnapshot()], settings: given = {} }: TestGatewayOptions = {},
): Promise<GatewayContext> {
  const redis = world.adopt(connectProducer(world.server.url, 1_000));
  const subscriber = world.adopt(connectSubscriber(world.server.url));
  await waitFor('the connection', () => redis.status === 'ready');
  const log = createLog('test', { SHOAL_LOG_LEVEL: 'silent' });
  const exchange = new ExchangeStore(redis, testKeys);
  const queues = new ModelQueues(redis, testKeys, 1_000);
  const registry = new ModelRegistry({ list: async () => [...models] });
  const redisWatch = new RedisWatch(redis);
  const outlook = new Outlook(new LedgerStore(redis, testKeys), registry);
  const waiters = new Waiters({
    subscriber,
    exchange,
    log,
    keys: testKeys,
    gatewayId: id,
    onWebhookDue: () => undefined,
  });
  const load: GatewayContext['load'] = { inFlight: 0, uploadBytes: 0, phase: 'serving' };
  waiters.start();
  const listeners = async () => Number((await world.redis.pubsub('NUMSUB', testKeys.wake(id)))[1]);
  await waitFor('the subscription', async () => (await listeners()) > 0);
  await Promise.all([registry.refresh(), redisWatch.refresh(), outlook.refresh()]);
  onTestFinished(async () => {
    waiters.stop();
    await queues.close().catch(() => undefined);
    redis.disconnect();
    subscriber.disconnect();
  });
  const parts: Omit<GatewayContext, 'gateways' | 'rateLimit'> = {
    id,
    log,
    redis,
    redisWatch,
    exchange,
    registry,
    outlook,
    queues,
    waiters,
    load,
    settings: readSettings(given),
    withdrawals: new Withdrawals(redis, exchange, queues, log),
    metrics: new GatewayMetrics({ read: async () => undefined }, load),
    keyRing: undefined,
  };
  return parts as GatewayContext;
}

/** What this gateway counted as ended by itself, by error code. */
export async function countedEnds({
  metrics,
}: Pick<GatewayContext, 'metrics'>): Promise<Record<string, number>> {
  const lines = (await metrics.render()).split('\n');
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, reason, value] = /^nv_inference_request_failure\{.*reason="(\w+)".*\} (\d+)$/.exec(line) ?? [];
      return reason === undefined || value === '0' ? [] : [[reason, Number(value)] as const];
    }),
  );
}
