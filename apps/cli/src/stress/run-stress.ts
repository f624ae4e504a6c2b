/**
 * A whole run: warm-up, load, account. It prints nothing and writes no file; who wants to know how it goes asks
 * `snapshot`, as often as they like.
 */
import { Account } from './account.ts';
import { countPictures, walkPictures } from '../pictures/walk-pictures.ts';
import { poissonArrivals } from './arrivals.ts';
import { driveClosed, driveOpen, type Lateness, type Load } from './drive-load.ts';
import type { LoadSchedule, Pictures, StressCommand } from './parse-command.ts';
import { makeRequestForm, type RequestForm } from './request-form.ts';
import { Sender, type Reply } from './sender.ts';
import type { Schedule, StressResult } from './stress-result.ts';
import { UploadSource, type Upload } from './upload-source.ts';

export interface StressOutcome {
  readonly result: StressResult;
  readonly curve: PercentileCurve;
}

/** Latency of those that succeeded by the share of them, in percent, that took no longer. */
export type PercentileCurve = readonly { readonly percent: number; readonly ms: number }[];

export interface Snapshot {
  readonly isWarmup: boolean;
  readonly elapsedS: number;
  readonly sent: number;
  readonly failed: number;
  /** Null before the first success. */
  readonly p50Ms: number | null;
  /** Where it is known. */
  readonly total: number | undefined;
  readonly seconds: number | undefined;
}

export class StressRun {
  readonly #command: StressCommand;
  readonly #signal: AbortSignal;
  readonly #form: RequestForm;
  readonly #sender: Sender;
  readonly #account = new Account();
  #total: number | undefined;
  /** Undefined during the warm-up. */
  #startMs: number | undefined;

  /** With an aborted `signal` the sending ends, and what is under way is broken off and counts for nothing. */
  constructor(command: StressCommand & { readonly apiKey: string | undefined }, signal: AbortSignal) {
    this.#command = command;
    this.#signal = signal;
    this.#form = makeRequestForm({ ...command, kind: command.form });
    const { origin, apiKey, timeoutMs } = command;
    this.#sender = new Sender({ origin, form: this.#form, apiKey, timeoutMs });
    this.#total = command.limit.requests;
  }

  snapshot(): Snapshot {
    const { latencies, totals } = this.#account;
    return {
      isWarmup: this.#startMs === undefined,
      elapsedS: this.#startMs === undefined ? 0 : (performance.now() - this.#startMs) / 1000,
      ...totals,
      p50Ms: latencies.count === 0 ? null : latencies.percentile(50),
      total: this.#total,
      seconds: this.#command.limit.seconds,
    };
  }

  /** To be called once. */
  async run(): Promise<StressOutcome> {
    const { limit, warmup } = this.#command;
    const isEndless = limit.requests !== undefined || limit.seconds !== undefined;
    const uploads = this.#makeSource(isEndless);
    const breakOff = (): void => void this.#sender.end();
    this.#signal.addEventListener('abort', breakOff);
    const over = new AbortController();
    if (!isEndless) void this.#count(AbortSignal.any([this.#signal, over.signal]));
    try {
      if (warmup > 0) await this.#warmUp(warmup);
      return await this.#measure(uploads);
    } finally {
      over.abort();
      this.#signal.removeEventListener('abort', breakOff);
      await Promise.all([this.#sender.end(), uploads.end()]);
    }
  }

  async #measure(uploads: UploadSource): Promise<StressOutcome> {
    const { limit, schedule } = this.#command;
    const startedAt = new Date().toISOString();
    const startMs = performance.now();
    this.#startMs = startMs;
    const cpuBefore = process.cpuUsage();
    const lateness = await drive(schedule, {
      limit,
      signal: this.#signal,
      next: () => uploads.next(),
      fire: async (upload, sinceMs) => {
        const reply = await this.#send(upload);
        const nowMs = performance.now();
        const bytes = upload.kind === 'ready' ? upload.body.byteLength : 0;
        if (!this.#signal.aborted) {
          this.#account.add({ atMs: nowMs - startMs, ms: nowMs - sinceMs, bytes, ...reply });
        }
        const { status, failure } = reply;
        return status !== 0 || failure?.code === 'timeout' || upload.kind === 'unreadable';
      },
    });
    const cpu = process.cpuUsage(cpuBefore);
    const isInterrupted = this.#signal.aborted;
    const endMs = isInterrupted ? performance.now() - startMs : 1000 * (limit.seconds ?? 0);
    const result = {
      url: this.#command.origin + this.#command.prefix,
      model: this.#command.model,
      form: this.#command.form,
      schedule: describedAs(schedule),
      startedAt,
      ...this.#account.counts(endMs),
      cpu: { userMs: cpu.user / 1000, systemMs: cpu.system / 1000 },
      ...lateness,
      isInterrupted,
    };
    return { result, curve: curveOf(this.#account) };
  }

  /** With pictures of its own, so that it takes none from a folder whose pictures are sent once each. */
  async #warmUp(requests: number): Promise<void> {
    const { schedule } = this.#command;
    const uploads = this.#makeSource(true);
    const load = {
      limit: { requests, seconds: undefined },
      signal: this.#signal,
      next: () => uploads.next(),
      fire: async (upload: Upload) => (await this.#send(upload)).status !== 0,
    };
    // A closed loop finds its connections open; an open one begins with what it needs.
    await driveClosed(load, schedule.kind === 'closed' ? schedule.concurrency : 1);
    await uploads.end();
  }

  #makeSource(isEndless: boolean): UploadSource {
    return new UploadSource({ names: namesOf(this.#command.pictures), isEndless, form: this.#form });
  }

  async #send(upload: Upload): Promise<Reply> {
    if (upload.kind === 'ready') return this.#sender.send(upload.body, upload.contentType);
    return { status: 0, failure: { status: 0, code: 'picture_unreadable', message: upload.message } };
  }

  /** Beside the sending, which does not wait for it. */
  async #count(signal: AbortSignal): Promise<void> {
    const { pictures } = this.#command;
    if (pictures.kind === 'files') this.#total = pictures.paths.length;
    // What cannot be read is told of where it is to be sent.
    else this.#total = await countPictures(pictures.path, signal).catch(() => undefined);
  }
}

function namesOf(pictures: Pictures): () => AsyncIterable<string> | Iterable<string> {
  return () => (pictures.kind === 'files' ? pictures.paths : pathsIn(pictures.path));
}

async function* pathsIn(folder: string): AsyncGenerator<string> {
  for await (const { path } of walkPictures(folder)) yield path;
}

function drive(schedule: LoadSchedule, load: Load<Upload>): Promise<Lateness> {
  if (schedule.kind === 'closed') {
    // Nobody has a time at which they are due.
    return driveClosed(load, schedule.concurrency).then(() => ({ heldBack: 0, sentLate: 0 }));
  }
  const arrivals = poissonArrivals(schedule.perS, schedule.seed);
  return driveOpen(load, { arrivals, inFlightMax: schedule.inFlightMax });
}

function describedAs(schedule: LoadSchedule): Schedule {
  if (schedule.kind === 'closed') return schedule;
  const { kind, perS, seed } = schedule;
  return { kind, perS, seed };
}

const percents = [
  1, 5, 10, 20, 30, 40, 50, 60, 70, 75, 80, 85, 90, 92.5, 95, 97, 98, 99, 99.5, 99.9, 99.99, 99.999,
];

/** As far as there are enough values to speak of such a share. */
function curveOf({ latencies }: Account): PercentileCurve {
  return percents
    .filter((percent) => latencies.count * (1 - percent / 100) >= 1)
    .map((percent) => ({ percent, ms: latencies.percentile(percent) }));
}
