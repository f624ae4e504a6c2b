/** What the routes and the steps of the gateway's flow share. Made once, when the process starts. */
import type { Settings } from '@shoal/shared/contract';
import type { ExchangeStore, Redis } from '@shoal/shared/redis';
import type { Logger } from '@shoal/shared/service';
import type { ModelQueues } from './model-queues.ts';
import type { ModelRegistry } from './model-registry.ts';
import type { Waiters } from './waiters.ts';
import type { Withdrawals } from './withdrawals.ts';

export interface GatewayContext {
  readonly id: string;
  readonly settings: Settings;
  readonly log: Logger;
  readonly redis: Redis;
  readonly exchange: ExchangeStore;
  readonly registry: ModelRegistry;
  readonly queues: ModelQueues;
  readonly waiters: Waiters;
  readonly withdrawals: Withdrawals;
  /** Predictions between their first byte and their answer. */
  readonly load: { inFlight: number; draining: boolean };
}
