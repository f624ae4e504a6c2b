/** The gateway's parts put together: connections, stores, the application; then it listens, and ends in order. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { defaultRedisUrl, keysOf, type Settings } from '@shoal/shared/contract';
import {
  ExchangeStore,
  ModelStore,
  RedisUnfitError,
  checkRedis,
  connectProducer,
  connectSubscriber,
} from '@shoal/shared/redis';
import { closeOnExit, createLog, sayReady } from '@shoal/shared/service';
import { buildApp } from './app.ts';
import type { GatewayContext } from './gateway-context.ts';
import { ModelQueues } from './model-queues.ts';
import { ModelRegistry } from './model-registry.ts';
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
  const context: GatewayContext = {
    id,
    settings,
    log,
    redis,
    exchange,
    registry: new ModelRegistry(new ModelStore(redis, keys)),
    queues,
    waiters: new Waiters({ subscriber, exchange, keys, gatewayId: id, log }),
    withdrawals: new Withdrawals(redis, exchange, queues, id, log),
    load: { inFlight: 0, draining: false },
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
  closeOnExit(log, settings.SHOAL_DRAIN_MS + 2_000, async () => {
    context.load.draining = true;
    // Whoever comes meanwhile is told so, in words, until those who were here before have their answers.
    await waitUntilIdle(context.load, settings.SHOAL_DRAIN_MS);
    await app.close();
    context.registry.stop();
    context.waiters.stop();
    await queues.close().catch(() => undefined);
    redis.disconnect();
    subscriber.disconnect();
  });
  try {
    await app.listen({ host: settings.HOST, port: settings.PORT });
    sayReady();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') throw error;
    log.fatal(`cannot listen on ${settings.HOST}:${settings.PORT} (${code}): choose another HOST or PORT`);
    process.exit(1);
  }
}

async function waitUntilIdle(load: GatewayContext['load'], withinMs: number): Promise<void> {
  const endMs = Date.now() + withinMs;
  while (load.inFlight > 0 && Date.now() < endMs) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Queued pictures must leave room in Redis for the workers' answers. */
function refuseTooSmall(maxmemory: number, { SHOAL_QUEUE_BYTES_MAX: bytesMax }: Settings): void {
  if (maxmemory === 0 || bytesMax <= maxmemory * 0.75) return;
  throw new RedisUnfitError(
    `SHOAL_QUEUE_BYTES_MAX (${bytesMax}) must be at most three quarters of this Redis' maxmemory (${maxmemory})`,
  );
}
