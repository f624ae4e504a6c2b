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
  LedgerStore,
  ModelStore,
  QuarantineStore,
  RedisUnfitError,
  checkRedis,
  connectConsumer,
  connectProducer,
  connectSubscriber,
  tellOfTrouble,
} from '@shoal/shared/redis';
import {
  closeOnExit,
  createLog,
  collectForPassingBytes,
  sayReady,
  watchEventLoop,
} from '@shoal/shared/service';
import { keyRingOrExit } from './api-keys/key-ring.ts';
import { buildApp } from './app.ts';
import type { GatewayContext } from './gateway-context.ts';
import { GatewayDirectory } from './gateway-directory.ts';
import { figuresReader } from './installation-figures.ts';
import { GatewayMetrics } from './metrics.ts';
import { keepSuspects } from './keep-suspects.ts';
import { ModelQueues } from './model-queues.ts';
import { ModelRegistry } from './model-registry.ts';
import { Outlook } from './outlook.ts';
import { RateLimit } from './rate-limit/rate-limit.ts';
import { RedisWatch } from './redis-watch.ts';
import { stopInOrder, stopWithinMs } from './stop-in-order.ts';
import { Sweeper } from './sweeper.ts';
import { Waiters } from './waiters.ts';
import { WebhookQueue } from './webhooks/webhook-queue.ts';
import { Webhooks } from './webhooks/webhooks.ts';
import { Withdrawals } from './withdrawals.ts';

const built = {
  page: fileURLToPath(new URL('../../web/dist', import.meta.url)),
  program: fileURLToPath(new URL('../../cli/dist', import.meta.url)),
};

export async function serveGateway(settings: Settings): Promise<void> {
  const log = createLog('gateway', settings);
  watchEventLoop('gateway');
  collectForPassingBytes();
  const keyRing = keyRingOrExit(settings, log);
  const id = randomUUID();
  const keys = keysOf(settings.SHOAL_REDIS_PREFIX);
  const url = settings.REDIS_URL ?? defaultRedisUrl;
  const redis = connectProducer(url, settings.SHOAL_REDIS_TIMEOUT_MS);
  const subscriber = connectSubscriber(url);
  const consumer = connectConsumer(url);
  tellOfTrouble([redis, subscriber, consumer], log);

  const exchange = new ExchangeStore(redis, keys);
  const ledger = new LedgerStore(redis, keys);
  const redisWatch = new RedisWatch(redis);
  const queues = new ModelQueues(redis, keys, settings.SHOAL_REDIS_TIMEOUT_MS);
  const registry = new ModelRegistry(new ModelStore(redis, keys));
  const load: GatewayContext['load'] = { inFlight: 0, uploadBytes: 0, phase: 'serving' };
  const quarantine = new QuarantineStore(redis, keys);
  const endings = keepSuspects({ redis, exchange, quarantine, settings, log });
  const withdrawals = new Withdrawals(redis, endings, queues, log);
  const metrics = new GatewayMetrics(figuresReader({ redis, ledger, quarantine, queues, registry }), load);
  const webhooks = new Webhooks({
    exchange,
    queue: new WebhookQueue({
      producer: redis,
      consumer,
      keys,
      onError: (error) => log.debug({ err: error }, 'the queue of webhooks reported an error'),
    }),
    settings,
    log,
    count: (outcome) => metrics.webhook(outcome),
  });
  const onWebhookDue = (due: string) =>
    void webhooks
      .enqueue(due)
      .catch((error: unknown) => log.warn({ err: error, id: due }, 'a webhook waits for the next sweep'));
  const context: GatewayContext = {
    id,
    settings,
    log,
    redis,
    redisWatch,
    exchange,
    registry,
    outlook: new Outlook(ledger, registry),
    queues,
    waiters: new Waiters({ subscriber, exchange, keys, gatewayId: id, log, onWebhookDue }),
    withdrawals,
    gateways: new GatewayDirectory(new GatewayStore(redis, keys), log),
    metrics,
    keyRing,
    rateLimit: new RateLimit({
      redis,
      keys,
      perMinute: settings.SHOAL_RATE_LIMIT_PER_MINUTE,
      canReachRedis: () => redisWatch.unusableBecause === undefined,
      log,
    }),
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

  const app = await buildApp(context, built);
  const sweeper = new Sweeper({ exchange, ledger, queues, withdrawals, webhooks, registry, metrics, log });
  const beating = [context.registry, redisWatch, context.outlook, context.waiters, webhooks, sweeper];
  for (const part of beating) part.start();
  closeOnExit(log, stopWithinMs(settings), async () => {
    await stopInOrder({ ...context, webhooks }, settings);
    await app.close();
    for (const part of [context.registry, redisWatch, context.outlook, context.waiters, sweeper]) part.stop();
    await webhooks.close();
    await queues.close().catch(() => undefined);
    for (const connection of [redis, subscriber, consumer]) connection.disconnect();
  });
  await reachRedis([context.registry, redisWatch], settings.SHOAL_REDIS_TIMEOUT_MS);
  try {
    await app.listen({ host: settings.HOST, port: settings.PORT });
    sayReady();
    const { SHOAL_GATEWAY_URL: given } = settings;
    if (given !== undefined) {
      const own = ownUrl(given, app.server.address() as AddressInfo);
      context.gateways.announce(
        own,
        () => context.load.phase === 'serving' && redisWatch.unusableBecause === undefined,
      );
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
async function reachRedis(copies: readonly { refresh(): Promise<void> }[], withinMs: number): Promise<void> {
  const endMs = Date.now() + withinMs;
  while (Date.now() < endMs) {
    try {
      await Promise.all(copies.map((copy) => copy.refresh()));
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
