/**
 * The quarantine: pictures that workers died with, kept for some days and bounded in bytes and
 * number, so that the operator can look at them and try them again. It answers nobody: that is the exchange's business.
 */
import {
  quarantineShareMax,
  quarantinedMax,
  quarantinedSchema,
  type Keys,
  type Quarantined,
  type Settings,
} from '../contract/index.ts';
import type { Redis } from './connect.ts';
import { dropQuarantinedScript, quarantineFiguresScript, setAsideScript } from './quarantine-scripts.ts';

export interface QuarantineLimits {
  readonly ttlMs: number;
  /** Of all pictures together. */
  readonly bytesMax: number;
  readonly picturesMax?: number;
}

/** `redisBytesMax` is what Redis may hold, 0 for no limit. */
export function quarantineLimits(
  settings: Pick<Settings, 'SHOAL_QUARANTINE_TTL_MS' | 'SHOAL_QUARANTINE_BYTES_MAX'>,
  redisBytesMax: number,
): QuarantineLimits {
  const share = redisBytesMax === 0 ? Infinity : Math.floor(redisBytesMax * quarantineShareMax);
  return {
    ttlMs: settings.SHOAL_QUARANTINE_TTL_MS,
    bytesMax: Math.min(settings.SHOAL_QUARANTINE_BYTES_MAX, share),
  };
}

export interface SetAside {
  /** Of the picture; 0 when it was gone already. */
  readonly bytes: number;
  /** Of these, 0 or all. */
  readonly bytesKept: number;
  /** Older pictures that had to make room. */
  readonly dropped: number;
}

export interface QuarantineEntry extends Quarantined {
  readonly bytes: number;
  readonly bytesKept: number;
  readonly expiresAtMs: number;
}

export interface QuarantineFigures {
  readonly pictures: number;
  readonly bytes: number;
}

interface ScriptedRedis {
  shoalSetAside(...args: (string | number)[]): Promise<[bytes: number, kept: number, dropped: number]>;
  shoalDropQuarantined(quarantine: string, rows: string, picture: string, id: string): Promise<number>;
  shoalQuarantineFigures(quarantine: string, rows: string, nowMs: number): Promise<(string | number)[]>;
}

export class QuarantineStore {
  readonly #redis: Redis;
  readonly #scripted: ScriptedRedis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    redis.defineCommand('shoalSetAside', { numberOfKeys: 4, lua: setAsideScript });
    redis.defineCommand('shoalDropQuarantined', { numberOfKeys: 3, lua: dropQuarantinedScript });
    redis.defineCommand('shoalQuarantineFigures', { numberOfKeys: 2, lua: quarantineFiguresScript });
    this.#redis = redis;
    this.#scripted = redis as unknown as ScriptedRedis;
    this.#keys = keys;
  }

  /** Takes the bytes of the picture, which must not be answered before: the answer lets go of them. */
  async setAside(
    quarantined: Quarantined,
    { ttlMs, bytesMax, picturesMax = quarantinedMax }: QuarantineLimits,
  ): Promise<SetAside> {
    const { id, model, setAsideAtMs } = quarantined;
    const { upload, quarantine, quarantineRows, quarantined: picture } = this.#keys;
    const [bytes, bytesKept, dropped] = await this.#scripted.shoalSetAside(
      upload(id),
      quarantine,
      quarantineRows,
      picture(id),
      id,
      model,
      JSON.stringify(quarantined),
      setAsideAtMs,
      ttlMs,
      bytesMax,
      picturesMax,
      picture(''),
    );
    return { bytes, bytesKept, dropped };
  }

  /** Those that have not expired, the oldest first; what only another version can read is left out. */
  async list(nowMs: number): Promise<readonly QuarantineEntry[]> {
    const flat = await this.#redis.zrangebyscore(
      ...([this.#keys.quarantine, `(${nowMs}`, '+inf', 'WITHSCORES'] as const),
    );
    const ids = flat.filter((_, index) => index % 2 === 0);
    if (ids.length === 0) return [];
    const rows = await this.#redis.hmget(this.#keys.quarantineRows, ...ids);
    return rows.flatMap((row, index) => parseEntry(row, Number(flat[2 * index + 1])) ?? []);
  }

  /** Undefined when nothing is known of it, or not any more. */
  async read(id: string, nowMs: number): Promise<QuarantineEntry | undefined> {
    const { quarantine, quarantineRows } = this.#keys;
    const [row, expiresAtMs] = await Promise.all([
      this.#redis.hget(quarantineRows, id),
      this.#redis.zscore(quarantine, id),
    ]);
    return Number(expiresAtMs) > nowMs ? parseEntry(row, Number(expiresAtMs)) : undefined;
  }

  /** Null when its bytes were not kept. */
  fetchPicture(id: string): Promise<Buffer | null> {
    return this.#redis.getBuffer(this.#keys.quarantined(id));
  }

  /** Resolves to the ids of those that were there. */
  async drop(ids: readonly string[]): Promise<readonly string[]> {
    const { quarantine, quarantineRows, quarantined } = this.#keys;
    const dropped: string[] = [];
    for (const id of ids) {
      const wasThere = await this.#scripted.shoalDropQuarantined(
        quarantine,
        quarantineRows,
        quarantined(id),
        id,
      );
      if (wasThere === 1) dropped.push(id);
    }
    return dropped;
  }

  /** Also those that nobody here can read. */
  async dropAll(): Promise<readonly string[]> {
    return this.drop(await this.#redis.zrange(this.#keys.quarantine, '0', '-1'));
  }

  /** By model; one that has nothing there is absent. */
  async readFigures(nowMs: number): Promise<ReadonlyMap<string, QuarantineFigures>> {
    const { quarantine, quarantineRows } = this.#keys;
    const flat = await this.#scripted.shoalQuarantineFigures(quarantine, quarantineRows, nowMs);
    const figures = new Map<string, QuarantineFigures>();
    for (let at = 0; at < flat.length; at += 3) {
      figures.set(String(flat[at]), { pictures: Number(flat[at + 1]), bytes: Number(flat[at + 2]) });
    }
    return figures;
  }
}

function parseEntry(row: string | null | undefined, expiresAtMs: number): QuarantineEntry | undefined {
  const [, bytes, kept, json] = /^(\d+) (\d+) \S+ (.+)$/s.exec(row ?? '') ?? [];
  if (json === undefined) return undefined;
  const parsed = quarantinedSchema.safeParse(parseJson(json));
  return parsed.success
    ? { ...parsed.data, bytes: Number(bytes), bytesKept: Number(kept), expiresAtMs }
    : undefined;
}

/** One row that is no JSON must not hide all others from the operator. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
