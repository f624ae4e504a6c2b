/** The gateway's parts put together: connections, stores, the application; then it listens, and ends in order. */
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { defaultRedisUrl, keysOf, type Settings } from '@shoal/shared/contract';
import {
  ExchangeStore,
  GatewayStore,
  ModelStore,
  RedisUnfitError,
  checkRedis,
  connectProducer,
  connectSubscriber,
} from '@shoal/shared/redis';
import { closeOnExit, createLog, sayReady } from '@shoal/shared/service';
import { buildApp } from './app.ts';
import type { GatewayContext } from './gateway-context.ts';
import { canReachRedis } from './flow/admit.ts';
import { GatewayDirectory } from './gateway-directory.ts';
import { figuresReader } from './installation-figures.ts';
import { GatewayMetrics } from './metrics.ts';
import { ModelQueues } from './model-queues.ts';
import { ModelRegistry } from './model-registry.ts';
import { stopInOrder, stopWithinMs } from './stop-in-order.ts';
import { Waiters } from './waiters.ts';
import { Withdrawals } from './withdrawals.ts';

const pageFolder = fileURLToPath(new URL('../../web/dist', import.meta.url));

export async function serveGateway(settings: Settings): Promise<void> {
  const log = createLog('gateway', settings);
  const id = randomUUID();
  const keys = keysOf(settings.SHOAL_REDIS_PREFIX);
  const url = settings.REDIS_URL ?? defaultRedisUrl;
  const redis = connectProducer(url, settings.SHOAL_REDIS_TIMEOUT_MS);
  const subscriber = connectSubscriber(url);
  for (const connection of [redis, subscriber]) {
    connection.on('error', (error) => log.warn({ err: error }, 'Redis is away'));
  }

  const exchange = new ExchangeStore(redis, keys, settings.SHOAL_RESULT_TTL_MS);
  const queues = new ModelQueues(redis, keys, settings.SHOAL_REDIS_TIMEOUT_MS);
  const registry = new ModelRegistry(new ModelStore(redis, keys));
  const load: GatewayContext['load'] = { inFlight: 0, uploadBytes: 0, phase: 'serving' };
  const context: GatewayContext = {
    id,
    settings,
    log,
    redis,
    exchange,
    registry,
    queues,
    waiters: new Waiters({ subscriber, exchange, keys, gatewayId: id, log }),
    withdrawals: new Withdrawals(redis, exchange, queues, id, log),
    gateways: new GatewayDirectory(new GatewayStore(redis, keys), log),
    metrics: new GatewayMetrics(figuresReader({ redis, exchange, queues, registry }), load),
    load,
  };
  // Redis may come later than this process; whenever it comes, it must be one that we can work with.
  redis.on('ready', () => {
    checkRedis(redis)
      .then((maxmemory) => refuseTooSmall(maxmemory, settings))
      .catch((error: unknown) => {
        if (!(error instanceof RedisUnfitError)) return;
        log.fatal(error.message);
        process.exit(1);
      });
  });

  const app = await buildApp(context, pageFolder);
  context.registry.start();
  context.waiters.start();
  closeOnExit(log, stopWithinMs(settings), async () => {
    await stopInOrder(context, settings);
    await app.close();
    context.registry.stop();
    context.waiters.stop();
    await queues.close().catch(() => undefined);
    redis.disconnect();
    subscriber.disconnect();
  });
  await reachRedis(context.registry, settings.SHOAL_REDIS_TIMEOUT_MS);
  try {
    await app.listen({ host: settings.HOST, port: settings.PORT });
    sayReady();
    const { SHOAL_GATEWAY_URL: given } = settings;
    if (given !== undefined) {
      const own = ownUrl(given, app.server.address() as AddressInfo);
      context.gateways.announce(own, () => context.load.phase === 'serving' && canReachRedis(context));
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') throw error;
    log.fatal(`cannot listen on ${settings.HOST}:${settings.PORT} (${code}): choose another HOST or PORT`);
    process.exit(1);
  }
}

/**
 * A proxy may send requests as soon as the port is open, so it opens when they can be served; but not much later where there
 * is no Redis, since a gateway without one says so itself.
 */
async function reachRedis(registry: ModelRegistry, withinMs: number): Promise<void> {
  const endMs = Date.now() + withinMs;
  while (Date.now() < endMs) {
    try {
      await registry.refresh();
      return;
    } catch {
      await sleep(50);
    }
  }
}

/** `auto` is the name that this machine or container has in its network, and the port that was really taken. */
function ownUrl(given: string, address: AddressInfo): string {
  return given === 'auto' ? `http://${hostname()}:${address.port}` : given;
}

/** Queued pictures must leave room in Redis for the workers' answers. */
function refuseTooSmall(maxmemory: number, { SHOAL_QUEUE_BYTES_MAX: bytesMax }: Settings): void {
  if (maxmemory === 0 || bytesMax <= maxmemory * 0.75) return;
  throw new RedisUnfitError(
    `SHOAL_QUEUE_BYTES_MAX (${bytesMax}) must be at most three quarters of this Redis' maxmemory (${maxmemory})`,
  );
}
