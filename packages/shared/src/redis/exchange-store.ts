/**
 * The exchange between gateways and workers, but for the queue itself: the bytes that wait, the ledger that bounds them,
 * and the answers. An answer is written once; everyone reports the one that stands.
 */
import { randomUUID } from 'node:crypto';
import {
  errorKinds,
  ledgerKeptMs,
  redeliveryMarginMs,
  webhookRowSchema,
  type Job,
  type Keys,
  type OpenPrediction,
  type Result,
  type WebhookRow,
} from '../contract/index.ts';
import type { Redis } from './connect.ts';
import { parseRow } from './ledger-row.ts';
import { lengthOf, setBytes, type Bytes } from './set-bytes.ts';
import { parseResult } from './stored-result.ts';
import {
  admitScript,
  countStartScript,
  inspectScript,
  lookScript,
  publishResultScript,
  watchScript,
} from './scripts.ts';

export interface AdmitLimits {
  readonly modelJobsMax: number;
  readonly modelBytesMax: number;
  readonly jobsMax: number;
  readonly bytesMax: number;
  /** Jobs of the same model and class that may be ahead; undefined: any number. */
  readonly aheadMax: number | undefined;
}

export type AdmitLimit = 'model jobs' | 'model bytes' | 'jobs' | 'bytes' | 'wait';

/**
 * `accepted`: stored. `claimed`: the caller's key stands for another prediction, which is the answer. `reused`: it stands for
 * another request. `refused`: a limit is reached. Only the first stores anything.
 */
export type Admission =
  | { readonly kind: 'accepted'; readonly ahead: number }
  | { readonly kind: 'claimed'; readonly id: string }
  | { readonly kind: 'reused' }
  | { readonly kind: 'refused'; readonly limit: AdmitLimit; readonly modelJobs: number };

/** A prediction as it stands: answered, or open. */
export type Look =
  | { readonly kind: 'answered'; readonly result: Result }
  | {
      readonly kind: 'open';
      readonly open: OpenPrediction;
      /** A worker has begun it. */
      readonly isRunning: boolean;
      /** How many of its class are before it. */
      readonly ahead: number;
    };

/** How often a job was begun and not ended in order, in company and alone. */
export interface Starts {
  readonly together: number;
  readonly alone: number;
}

/** What has to be known of a job to answer it. */
export type Answerable = Pick<Job, 'id' | 'model' | 'gatewayId' | 'keepMs' | 'claim'>;

interface ScriptedRedis {
  shoalAdmit(...args: (string | number | Buffer)[]): Promise<[what: string, detail: string | number]>;
  shoalPublishResult(...args: (string | number)[]): Promise<string>;
  shoalLook(...args: string[]): Promise<[result: string, row: string, begun: number, went: number]>;
  shoalInspect(
    ...args: (string | number)[]
  ): Promise<[answered: number, together: number, alone: number, marked: number]>;
  shoalCountStart(key: string, mode: string, runs: number, ttlMs: number): Promise<null>;
  shoalWatch(key: string, gatewayId: string, ttlMs: number): Promise<null>;
}

export class ExchangeStore {
  readonly #redis: Redis;
  readonly #scripted: ScriptedRedis;
  readonly #keys: Keys;
  /** The same answer handed in again is the same writer's, however often. */
  readonly #marks = new WeakMap<Result, string>();

  constructor(redis: Redis, keys: Keys) {
    redis.defineCommand('shoalAdmit', { numberOfKeys: 6, lua: admitScript });
    redis.defineCommand('shoalPublishResult', { numberOfKeys: 9, lua: publishResultScript });
    redis.defineCommand('shoalLook', { numberOfKeys: 4, lua: lookScript });
    redis.defineCommand('shoalInspect', { numberOfKeys: 3, lua: inspectScript });
    redis.defineCommand('shoalCountStart', { numberOfKeys: 1, lua: countStartScript });
    redis.defineCommand('shoalWatch', { numberOfKeys: 1, lua: watchScript });
    this.#redis = redis;
    this.#scripted = redis as unknown as ScriptedRedis;
    this.#keys = keys;
  }

  /**
   * Stores the bytes and the row if all limits allow it, and the claim with it. `digest` is that of the request (hex): the
   * same claim with another one is refused.
   */
  async admit(open: OpenPrediction, bytes: Bytes, limits: AdmitLimits, digest?: string): Promise<Admission> {
    const { job } = open;
    const { upload, ledger, ledgerRows, ledgerTotals, claim, result } = this.#keys;
    const uploadTtlMs = job.deadlineAtMs + redeliveryMarginMs - job.acceptedAtMs;
    const own = [upload(job.id), ledger, ledgerRows, ledgerTotals, claim(job.claim ?? ''), result(job.id)];
    const picture = [job.id, job.model, job.priority, lengthOf(bytes), job.deadlineAtMs];
    const { modelJobsMax, modelBytesMax, jobsMax, bytesMax, aheadMax = -1 } = limits;
    const maxima = [modelJobsMax, modelBytesMax, jobsMax, bytesMax, aheadMax];
    // One after the other on one connection, and one round trip. What the script does not accept it takes away again.
    const [stored, admitted] = await Promise.allSettled([
      setBytes(this.#redis, upload(job.id), bytes, uploadTtlMs),
      this.#scripted.shoalAdmit(
        ...own,
        ...picture,
        uploadTtlMs + ledgerKeptMs,
        JSON.stringify(open),
        ...maxima,
        digest ?? '',
        // Longer than the answer is kept, whenever that comes.
        uploadTtlMs + job.keepMs,
      ),
    ]);
    if (stored.status === 'rejected') throw stored.reason;
    if (admitted.status === 'rejected') throw admitted.reason;
    const [what, detail] = admitted.value;
    if (what === 'accepted') return { kind: 'accepted', ahead: Number(detail) };
    if (what === 'claimed') return { kind: 'claimed', id: String(detail) };
    if (what === 'reused') return { kind: 'reused' };
    if (what === 'no upload') throw new Error('the bytes were gone as soon as they were stored');
    return { kind: 'refused', limit: what as AdmitLimit, modelJobs: Number(detail) };
  }

  fetchUpload(id: string): Promise<Buffer | null> {
    return this.#redis.getBuffer(this.#keys.upload(id));
  }

  /**
   * Resolves to the answer that stands: this one, or the one that was there first; to undefined when nothing was written. With `isEnding` nobody has computed it, and workers are
   * told not to. With `isOnlyIfOwed` nothing is written for what the ledger does not know: it was answered, and that answer is no
   * longer kept.
   */
  async publishResult(
    result: Result,
    job: Answerable,
    { isEnding = false, isOnlyIfOwed = false }: { isEnding?: boolean; isOnlyIfOwed?: boolean } = {},
  ): Promise<Result | undefined> {
    const { id } = result;
    const { upload, ledger, ledgerRows, ledgerTotals, started, watchers, claim, webhooks, wake, ended } =
      this.#keys;
    const text = this.#signed(result);
    const own = [this.#keys.result(id), upload(id), ledger, ledgerRows, ledgerTotals, started(id)];
    const others = [watchers(id), claim(job.claim ?? ''), webhooks];
    const answer = [id, text, job.keepMs, job.gatewayId, wake(''), isEnding ? ended(job.model) : ''];
    const standing = await this.#scripted.shoalPublishResult(
      ...own,
      ...others,
      ...answer,
      releasesClaim(result) ? '1' : '',
      Date.now(),
      ledgerKeptMs,
      isOnlyIfOwed ? '1' : '',
    );
    if (standing === 'forgotten') return undefined;
    // What was sent again after a lost connection finds its own first writing.
    return standing === '' || standing === text ? result : parseResult(id, standing);
  }

  /** With a mark by which its writer knows it again; readers of an answer do not see it. */
  #signed(result: Result): string {
    const writer = this.#marks.get(result) ?? randomUUID();
    this.#marks.set(result, writer);
    return JSON.stringify({ ...result, writer });
  }

  /** Undefined when nothing is known of it, or not any more. */
  async look(id: string): Promise<Look | undefined> {
    const { result, ledgerRows, started, ledgerTotals } = this.#keys;
    const [text, row, begun, went] = await this.#scripted.shoalLook(
      result(id),
      ledgerRows,
      started(id),
      ledgerTotals,
      id,
    );
    if (text !== '') return { kind: 'answered', result: parseResult(id, text) };
    const parsed = row === '' ? undefined : parseRow(row);
    if (parsed === undefined) return undefined;
    return {
      kind: 'open',
      open: parsed.open,
      isRunning: begun === 1,
      ahead: Math.max(0, parsed.number - 1 - went),
    };
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

  /** Has the gateway woken when the answer is written, besides the one that accepted the prediction. */
  async watch(id: string, gatewayId: string, ttlMs: number): Promise<void> {
    await this.#scripted.shoalWatch(this.#keys.watchers(id), gatewayId, ttlMs);
  }

  async unwatch(id: string, gatewayId: string): Promise<void> {
    await this.#redis.srem(this.#keys.watchers(id), gatewayId);
  }

  async isWatched(id: string): Promise<boolean> {
    return (await this.#redis.exists(this.#keys.watchers(id))) === 1;
  }

  async readWebhook(id: string): Promise<WebhookRow | undefined> {
    const text = await this.#redis.hget(this.#keys.webhooks, id);
    return text === null ? undefined : webhookRowSchema.parse(JSON.parse(text));
  }

  async dropWebhook(id: string): Promise<void> {
    await this.#redis.hdel(this.#keys.webhooks, id);
  }

  /** Ids of all webhooks that are due, in pages. */
  async *listWebhooks(): AsyncGenerator<readonly string[]> {
    let cursor = '0';
    do {
      const [next, flat] = await this.#redis.hscan(this.#keys.webhooks, cursor, 'COUNT', 200);
      cursor = next;
      yield flat.filter((_, index) => index % 2 === 0);
    } while (cursor !== '0');
  }

  /** What is known of a job: is it answered, and did earlier runs die with it? */
  async inspect(id: string): Promise<{ answered: boolean; starts: Starts }> {
    const { answered, starts } = await this.#inspect(id, '');
    return { answered, starts };
  }

  /** As `inspect`, and one that is open and comes for the first time is marked as begun together. */
  begin(id: string, markTtlMs: number): Promise<{ answered: boolean; starts: Starts; isMarked: boolean }> {
    return this.#inspect(id, markTtlMs);
  }

  async #inspect(id: string, markTtlMs: number | '') {
    const { result, ledgerRows, started } = this.#keys;
    const [answered, together, alone, marked] = await this.#scripted.shoalInspect(
      result(id),
      ledgerRows,
      started(id),
      id,
      markTtlMs,
    );
    return { answered: answered === 1, starts: { together, alone }, isMarked: marked === 1 };
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

/** Only what a second try would answer in the same way keeps the caller's key. */
function releasesClaim(result: Result): boolean {
  if (result.status === 'failed') return errorKinds[result.error.code] !== 'answer';
  return result.status !== 'succeeded';
}
