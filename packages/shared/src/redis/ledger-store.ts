/**
 * The ledger as those see it who look after it: what is owed, what is overdue, and whether its sums are right. Rows come
 * and go in the exchange's scripts only.
 */
import { priorities, type Keys, type OpenPrediction, type Priority } from '../contract/index.ts';
import type { Redis } from './connect.ts';
import { modelOfRow, parseRow } from './ledger-row.ts';
import { recountScript } from './scripts.ts';

/** What one model has accepted and not yet answered. */
export interface Accepted {
  readonly jobs: number;
  readonly bytes: number;
  readonly byPriority: Readonly<Record<Priority, number>>;
}

export const nothingAccepted: Accepted = { jobs: 0, bytes: 0, byPriority: { high: 0, normal: 0, low: 0 } };

export interface Overdue {
  readonly id: string;
  readonly model: string;
  /** Undefined for one that only another version can read. */
  readonly open: OpenPrediction | undefined;
}

interface ScriptedRedis {
  shoalRecount(...keys: string[]): Promise<number>;
}

export class LedgerStore {
  readonly #redis: Redis;
  readonly #scripted: ScriptedRedis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    redis.defineCommand('shoalRecount', { numberOfKeys: 3, lua: recountScript });
    this.#redis = redis;
    this.#scripted = redis as unknown as ScriptedRedis;
    this.#keys = keys;
  }

  /** By model; one that owes nothing is absent. */
  async readAccepted(): Promise<ReadonlyMap<string, Accepted>> {
    const totals = await this.#redis.hgetall(this.#keys.ledgerTotals);
    const figure = (field: string) => Number(totals[field] ?? 0);
    const models = Object.keys(totals).filter((field) => field.startsWith('jobs '));
    return new Map(
      models.map((field) => {
        const model = field.slice('jobs '.length);
        const counts = priorities.map(
          (name) => [name, figure(`came ${name} ${model}`) - figure(`went ${name} ${model}`)] as const,
        );
        return [
          model,
          {
            jobs: figure(field),
            bytes: figure(`bytes ${model}`),
            byPriority: Object.fromEntries(counts) as Record<Priority, number>,
          },
        ];
      }),
    );
  }

  /** Whether the deadline of anything open passed before. */
  async hasOverdue(beforeMs: number): Promise<boolean> {
    return (await this.#redis.zcount(this.#keys.ledger, '-inf', beforeMs)) > 0;
  }

  /** What is open and has its deadline before `beforeMs` (epoch), the oldest first. */
  async listOverdue(beforeMs: number, max: number): Promise<readonly Overdue[]> {
    const { ledger, ledgerRows } = this.#keys;
    const ids = await this.#redis.zrangebyscore(ledger, '-inf', beforeMs, 'LIMIT', 0, max);
    if (ids.length === 0) return [];
    const rows = await this.#redis.hmget(ledgerRows, ...ids);
    return ids.map((id, index) => {
      const row = rows[index] ?? '';
      return { id, model: modelOfRow(row), open: parseRow(row)?.open };
    });
  }

  /** Everything open, in pages. */
  async *listOpen(): AsyncGenerator<readonly OpenPrediction[]> {
    let cursor = '0';
    do {
      const [next, flat] = await this.#redis.hscan(this.#keys.ledgerRows, cursor, 'COUNT', 500);
      cursor = next;
      yield flat.flatMap((row, index) => (index % 2 === 0 ? [] : (parseRow(row)?.open ?? [])));
    } while (cursor !== '0');
  }

  /** Resolves to the number of figures that were wrong. */
  recount(): Promise<number> {
    const { ledger, ledgerRows, ledgerTotals } = this.#keys;
    return this.#scripted.shoalRecount(ledger, ledgerRows, ledgerTotals);
  }

  /** Resolves to true for the one who may do the chore now; nobody else may for `ttlMs`. */
  async leaseSweep(chore: string, ttlMs: number): Promise<boolean> {
    return (await this.#redis.set(this.#keys.sweepLease(chore), '1', 'PX', ttlMs, 'NX')) === 'OK';
  }
}
