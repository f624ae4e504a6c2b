/**
 * How the whole installation stands, for those who watch: queues, ledger, workers, Redis. Asked for only when somebody
 * looks, at most once in a while however many look, and with a few short commands a model: never a scan.
 */
import type { WorkerState } from '@shoal/shared/contract';
import {
  readMemory,
  type Accepted,
  type ExchangeStore,
  type Redis,
  type RedisMemory,
} from '@shoal/shared/redis';
import type { ModelQueues, QueueFigures } from './model-queues.ts';
import type { ModelRegistry } from './model-registry.ts';

/** Below the usual interval of those who ask. */
const keptMs = 2_000;

export interface ModelFigures {
  readonly model: string;
  readonly version: string;
  readonly queue: QueueFigures;
  readonly accepted: Accepted;
  readonly workers: Readonly<Record<WorkerState, number>>;
}

export interface InstallationFigures {
  readonly memory: RedisMemory;
  readonly models: readonly ModelFigures[];
}

export interface FiguresReader {
  /** Undefined when Redis does not answer. */
  read(): Promise<InstallationFigures | undefined>;
}

export interface FiguresSources {
  readonly redis: Redis;
  readonly exchange: Pick<ExchangeStore, 'readAccepted'>;
  readonly queues: Pick<ModelQueues, 'figures'>;
  readonly registry: Pick<ModelRegistry, 'models'>;
}

export function figuresReader(sources: FiguresSources, now: () => number = Date.now): FiguresReader {
  let kept: Promise<InstallationFigures | undefined> | undefined;
  let keptSinceMs = 0;
  return {
    read() {
      if (kept === undefined || now() - keptSinceMs >= keptMs) {
        keptSinceMs = now();
        // That Redis is away is said once, by its connection.
        kept = ask(sources).catch(() => undefined);
      }
      return kept;
    },
  };
}

async function ask({ redis, exchange, queues, registry }: FiguresSources): Promise<InstallationFigures> {
  const [memory, accepted, models] = await Promise.all([
    readMemory(redis),
    exchange.readAccepted(),
    Promise.all(
      registry.models.map(async ({ record: { name, version }, workers }) => ({
        model: name,
        version,
        queue: await queues.figures(name),
        workers: {
          ready: workers.filter(({ state }) => state === 'ready').length,
          loading: workers.filter(({ state }) => state === 'loading').length,
          failed: workers.filter(({ state }) => state === 'failed').length,
        },
      })),
    ),
  ]);
  return {
    memory,
    models: models.map((model) => ({
      ...model,
      accepted: accepted.get(model.model) ?? { jobs: 0, bytes: 0 },
    })),
  };
}
