/**
 * Who serves what: workers write their model's record and announce themselves, gateways read both. Says nothing about
 * queues, and decides nothing about what a client may be told.
 */
import {
  announcementTtlMs,
  failedAnnouncementTtlMs,
  modelRecordSchema,
  modelRecordTtlMs,
  workerAnnouncementSchema,
  type Keys,
  type ModelRecord,
  type WorkerAnnouncement,
} from '../contract/index.ts';
import type { z } from 'zod';
import type { Redis } from './connect.ts';
import { announceWorkerScript, claimNamesScript } from './scripts.ts';

export interface ModelSnapshot {
  readonly record: ModelRecord;
  /** Epoch milliseconds, by the clock of the worker. */
  readonly lastSeenMs: number;
  readonly workers: readonly WorkerAnnouncement[];
}

/** A name or alias of this model belongs to another model that is alive. */
export interface NameConflict {
  readonly name: string;
  readonly owner: string;
}

interface ScriptedRedis {
  shoalAnnounceWorker(...args: (string | number)[]): Promise<null>;
  shoalClaimNames(numberOfKeys: number, ...args: (string | number)[]): Promise<string>;
}

export class ModelStore {
  readonly #redis: Redis;
  readonly #scripted: ScriptedRedis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    redis.defineCommand('shoalClaimNames', { lua: claimNamesScript });
    redis.defineCommand('shoalAnnounceWorker', { numberOfKeys: 4, lua: announceWorkerScript });
    this.#redis = redis;
    this.#scripted = redis as unknown as ScriptedRedis;
    this.#keys = keys;
  }

  /** Claims and renews a model's name and aliases, so that two live models never answer to the same one. */
  async claimNames(record: Pick<ModelRecord, 'name' | 'aliases'>): Promise<NameConflict | undefined> {
    const names = [record.name, ...record.aliases];
    const claims = names.map((name) => this.#keys.nameClaim(name));
    const reply = await this.#scripted.shoalClaimNames(
      claims.length,
      ...claims,
      record.name,
      announcementTtlMs,
    );
    if (reply === '') return undefined;
    const [index, owner] = reply.split(' ');
    return { name: names[Number(index) - 1] ?? record.name, owner: owner ?? 'another model' };
  }

  async recordModel(record: ModelRecord, nowMs: number): Promise<void> {
    await this.#redis
      .multi()
      .set(this.#keys.model(record.name), JSON.stringify(record), 'PX', modelRecordTtlMs)
      .zadd(this.#keys.models, nowMs, record.name)
      .zremrangebyscore(this.#keys.models, '-inf', nowMs - modelRecordTtlMs)
      .pexpire(this.#keys.models, modelRecordTtlMs)
      .exec();
  }

  async isRecorded(name: string): Promise<boolean> {
    return (await this.#redis.exists(this.#keys.model(name))) === 1;
  }

  /** Said again and again while the worker lives. */
  async announce(worker: WorkerAnnouncement, nowMs: number): Promise<void> {
    const member = memberOf(worker);
    const ttlMs = worker.state === 'failed' ? failedAnnouncementTtlMs : announcementTtlMs;
    const keys = [
      this.#keys.worker(member),
      this.#keys.workers,
      this.#keys.model(worker.model),
      this.#keys.models,
    ];
    await this.#scripted.shoalAnnounceWorker(
      ...keys,
      JSON.stringify(worker),
      ttlMs,
      nowMs + ttlMs,
      member,
      nowMs,
      failedAnnouncementTtlMs,
      modelRecordTtlMs,
      worker.state === 'failed' ? '' : worker.model,
    );
  }

  async withdraw(worker: Pick<WorkerAnnouncement, 'id' | 'model'>): Promise<void> {
    const member = memberOf(worker);
    await this.#redis.multi().del(this.#keys.worker(member)).zrem(this.#keys.workers, member).exec();
  }

  /** Every known model, by name, with the workers that are alive now. */
  async list(): Promise<readonly ModelSnapshot[]> {
    const [seen, members] = await Promise.all([
      this.#redis.zrange(this.#keys.models, '0', '-1', 'WITHSCORES'),
      this.#redis.zrange(this.#keys.workers, '0', '-1'),
    ]);
    const names = seen.filter((_, index) => index % 2 === 0);
    if (names.length === 0) return [];
    const texts = await this.#redis.mget([
      ...names.map((name) => this.#keys.model(name)),
      ...members.map((member) => this.#keys.worker(member)),
    ]);
    const workers = texts.slice(names.length).flatMap((text) => parsed(workerAnnouncementSchema, text));
    return names
      .flatMap((name, index) => {
        const lastSeenMs = Number(seen[index * 2 + 1]);
        return parsed(modelRecordSchema, texts[index]).map((record) => ({
          record,
          lastSeenMs,
          workers: workers.filter((worker) => worker.model === name),
        }));
      })
      .sort((a, b) => a.record.name.localeCompare(b.record.name));
  }
}

/** What expired meanwhile is absent, and so is what another version wrote in a way unknown here. */
function parsed<T>(schema: z.ZodType<T>, text: string | null | undefined): T[] {
  if (text === null || text === undefined) return [];
  const result = schema.safeParse(JSON.parse(text));
  return result.success ? [result.data] : [];
}

/** A model's name holds no slash. */
function memberOf(worker: Pick<WorkerAnnouncement, 'id' | 'model'>): string {
  return `${worker.model}/${worker.id}`;
}
