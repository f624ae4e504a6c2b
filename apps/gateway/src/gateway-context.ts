/** What the routes and the steps of the gateway's flow share. Made once, when the process starts. */
import type { Settings } from '@shoal/shared/contract';
import type { ExchangeStore, Redis } from '@shoal/shared/redis';
import type { Logger } from '@shoal/shared/service';
import type { KeyRing } from './api-keys/key-ring.ts';
import type { GatewayDirectory } from './gateway-directory.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { ModelQueues } from './model-queues.ts';
import type { ModelRegistry } from './model-registry.ts';
import type { RateLimit } from './rate-limit/rate-limit.ts';
import type { Outlook } from './outlook.ts';
import type { RedisWatch } from './redis-watch.ts';
import type { Waiters } from './waiters.ts';
import type { Withdrawals } from './withdrawals.ts';

/**
 * `serving` → `leaving` → `draining`. One that leaves takes requests as ever, but says to whoever asks that it will soon not
 * be there; one that drains refuses, and answers those whom it has.
 */
export type Phase = 'serving' | 'leaving' | 'draining';

export interface GatewayContext {
  readonly id: string;
  readonly settings: Settings;
  readonly log: Logger;
  readonly redis: Redis;
  readonly redisWatch: RedisWatch;
  readonly exchange: ExchangeStore;
  readonly registry: ModelRegistry;
  readonly outlook: Outlook;
  readonly queues: ModelQueues;
  readonly waiters: Waiters;
  readonly withdrawals: Withdrawals;
  readonly metrics: GatewayMetrics;
  /** Undefined where nobody is asked for a key. */
  readonly keyRing: KeyRing | undefined;
  readonly rateLimit: RateLimit;
  readonly gateways: GatewayDirectory;
  /** `inFlight` are the predictions between their first byte and their answer; `uploadBytes` is reserved for bodies. */
  readonly load: { inFlight: number; uploadBytes: number; phase: Phase };
}
