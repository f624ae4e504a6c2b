/**
 * How the whole installation stands, for those who watch: queues, ledger, workers, Redis. Asked for only when somebody
 * looks, at most once in a while however many look, and with a few short commands a model: never a scan.
 */
import type { WorkerState } from '@shoal/shared/contract';
import {
  nothingAccepted,
  readCondition,
  type Accepted,
  type LedgerStore,
  type QuarantineFigures,
  type QuarantineStore,
  type Redis,
  type RedisCondition,
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
  readonly memory: RedisCondition;
  readonly models: readonly ModelFigures[];
  /** By model, also of one that is no longer known; one that has nothing there is absent. */
  readonly quarantine: ReadonlyMap<string, QuarantineFigures>;
}

export interface FiguresReader {
  /** Undefined when Redis does not answer. */
  read(): Promise<InstallationFigures | undefined>;
}

export interface FiguresSources {
  readonly redis: Redis;
  readonly ledger: Pick<LedgerStore, 'readAccepted'>;
  readonly quarantine: Pick<QuarantineStore, 'readFigures'>;
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
        kept = ask(sources, keptSinceMs).catch(() => undefined);
      }
      return kept;
    },
  };
}

async function ask(
  { redis, ledger, quarantine, queues, registry }: FiguresSources,
  nowMs: number,
): Promise<InstallationFigures> {
  const [memory, accepted, quarantined, models] = await Promise.all([
    readCondition(redis),
    ledger.readAccepted(),
    quarantine.readFigures(nowMs),
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
    quarantine: quarantined,
    models: models.map((model) => ({
      ...model,
      accepted: accepted.get(model.model) ?? nothingAccepted,
    })),
  };
}
