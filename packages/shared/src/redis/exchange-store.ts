/**
 * The exchange between gateways and workers, but for the queue itself: the bytes that wait, the ledger that bounds them,
 * and the answers. An answer is written once; everyone reports the one that stands.
 */
import { failedResult, resultSchema, type Job, type Keys, type Result } from '../contract/index.ts';
import type { Redis } from './connect.ts';
import { admitScript, countStartScript, publishResultScript } from './scripts.ts';

export interface AdmitLimits {
  readonly modelJobsMax: number;
  readonly modelBytesMax: number;
  readonly jobsMax: number;
  readonly bytesMax: number;
}

/** Which limit was reached; nothing was stored. */
export type AdmitRefusal = 'model jobs' | 'model bytes' | 'jobs' | 'bytes';

/** What one model has accepted and not yet answered. */
export interface Accepted {
  readonly jobs: number;
  readonly bytes: number;
}

/** How often a job was begun and not ended in order, in company and alone. */
export interface Starts {
  readonly together: number;
  readonly alone: number;
}

interface ScriptedRedis {
  shoalAdmit(...args: (string | number | Buffer)[]): Promise<string>;
  shoalPublishResult(...args: (string | number)[]): Promise<string>;
  shoalCountStart(key: string, mode: string, runs: number, ttlMs: number): Promise<null>;
}

export class ExchangeStore {
  readonly #redis: Redis;
  readonly #scripted: ScriptedRedis;
  readonly #keys: Keys;
  readonly #resultTtlMs: number;

  constructor(redis: Redis, keys: Keys, resultTtlMs: number) {
    redis.defineCommand('shoalAdmit', { numberOfKeys: 4, lua: admitScript });
    redis.defineCommand('shoalPublishResult', { numberOfKeys: 6, lua: publishResultScript });
    redis.defineCommand('shoalCountStart', { numberOfKeys: 1, lua: countStartScript });
    this.#redis = redis;
    this.#scripted = redis as unknown as ScriptedRedis;
    this.#keys = keys;
    this.#resultTtlMs = resultTtlMs;
  }

  /** Stores the bytes until `expiresAtMs` (epoch) if all limits allow it; resolves to the limit that does not. */
  async admit(
    job: Job,
    bytes: Buffer,
    nowMs: number,
    expiresAtMs: number,
    limits: AdmitLimits,
  ): Promise<AdmitRefusal | undefined> {
    const { upload, ledger, ledgerRows, ledgerTotals } = this.#keys;
    const keys = [upload(job.id), ledger, ledgerRows, ledgerTotals];
    const row = [job.id, job.model, bytes.length, bytes, nowMs, expiresAtMs, expiresAtMs - nowMs];
    const maxima = [limits.modelJobsMax, limits.modelBytesMax, limits.jobsMax, limits.bytesMax];
    const refusal = await this.#scripted.shoalAdmit(...keys, ...row, ...maxima);
    return refusal === '' ? undefined : (refusal as AdmitRefusal);
  }

  fetchUpload(id: string): Promise<Buffer | null> {
    return this.#redis.getBuffer(this.#keys.upload(id));
  }

  /** Resolves to the answer that stands: this one, or the one that was there first. */
  async publishResult(result: Result, gatewayId: string): Promise<Result> {
    const { id } = result;
    const { upload, ledger, ledgerRows, ledgerTotals, started, wake } = this.#keys;
    const keys = [this.#keys.result(id), upload(id), ledger, ledgerRows, ledgerTotals, started(id)];
    const standing = await this.#scripted.shoalPublishResult(
      ...keys,
      id,
      JSON.stringify(result),
      this.#resultTtlMs,
      wake(gatewayId),
    );
    return standing === '' ? result : parseResult(id, standing);
  }

  async getResult(id: string): Promise<Result | undefined> {
    const text = await this.#redis.get(this.#keys.result(id));
    return text === null ? undefined : parseResult(id, text);
  }

  /** In one round trip; ids without an answer are absent from the map. */
  async getResults(ids: readonly string[]): Promise<ReadonlyMap<string, Result>> {
    if (ids.length === 0) return new Map();
    const texts = await this.#redis.mget(ids.map((id) => this.#keys.result(id)));
    return new Map(
      texts.flatMap((text, index) => {
        const id = ids[index]!;
        return text === null ? [] : [[id, parseResult(id, text)] as const];
      }),
    );
  }

  /** By model; one that owes nothing is absent. Rows that expired stand until the next picture is admitted. */
  async readAccepted(): Promise<ReadonlyMap<string, Accepted>> {
    const totals = await this.#redis.hgetall(this.#keys.ledgerTotals);
    return new Map(
      Object.keys(totals).flatMap((field) => {
        if (!field.startsWith('jobs ')) return [];
        const model = field.slice('jobs '.length);
        return [
          [model, { jobs: Number(totals[field]), bytes: Number(totals[`bytes ${model}`] ?? 0) }] as const,
        ];
      }),
    );
  }

  /** What is known of a job that was just taken: is it answered, and did earlier runs die with it? */
  async inspect(id: string): Promise<{ answered: boolean; starts: Starts }> {
    const replies = await this.#redis
      .pipeline()
      .exists(this.#keys.result(id))
      .hmget(this.#keys.started(id), 'together', 'alone')
      .exec();
    const [existsReply, startsReply] = replies ?? [];
    if (!existsReply || !startsReply) throw new Error('Redis gave no reply to a pipeline');
    const error = existsReply[0] ?? startsReply[0];
    if (error) throw error;
    const [together, alone] = startsReply[1] as (string | null)[];
    return {
      answered: existsReply[1] === 1,
      starts: { together: Number(together ?? 0), alone: Number(alone ?? 0) },
    };
  }

  /** The mark of a run that begins. It stays when the process dies; `clearStart` takes it back in every other case. */
  async markStart(id: string, mode: keyof Starts, ttlMs: number): Promise<void> {
    await this.#addToStarts(id, mode, 1, ttlMs);
  }

  async clearStart(id: string, mode: keyof Starts, ttlMs: number): Promise<void> {
    await this.#addToStarts(id, mode, -1, ttlMs);
  }

  async #addToStarts(id: string, mode: keyof Starts, runs: 1 | -1, ttlMs: number): Promise<void> {
    await this.#scripted.shoalCountStart(this.#keys.started(id), mode, runs, ttlMs);
  }
}

/** What stands is the answer, even if it was written by a version that says it in a way unknown here. */
function parseResult(id: string, text: string): Result {
  const parsed = resultSchema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : failedResult(id, 'internal', 'the answer cannot be read');
}
