/**
 * One service as a child process in a process group of its own, with its output in a log file and its warnings shown.
 * States: running → (stopping →) ended; `start` after `ended` runs it again. It decides nothing: when to restart and in
 * which order to stop is the supervisor's business.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { LogFile } from './log-file.ts';
import { lineSplitter, readableLine } from './log-lines.ts';

export interface ServiceSpec {
  /** As shown in front of its lines, for instance `gateway`. */
  readonly name: string;
  /** Relative to `root`. */
  readonly entry: string;
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface ServiceEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const lastLinesWithinMs = 500;
const groupPollMs = 20;
const groupGoneWithinMs = 1_000;

export class ServiceProcess {
  readonly spec: ServiceSpec;
  readonly #log: LogFile;
  readonly #show: (line: string) => void;
  #child: ChildProcess | undefined;
  #ended: Promise<ServiceEnd> | undefined;

  /** The service said so over the channel; cleared by `start`. */
  hasSaidReady = false;

  constructor(spec: ServiceSpec, log: LogFile, show: (line: string) => void) {
    this.spec = spec;
    this.#log = log;
    this.#show = show;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves with how it ended, after its last line was read. Never rejects. `onReady` is called when it says so. */
  start(onReady: () => void): Promise<ServiceEnd> {
    this.hasSaidReady = false;
    // `detached` gives it a group of its own: Ctrl-C at the terminal reaches the launcher alone. The channel closes
    // when the launcher dies, which is how the service learns of it.
    const child = spawn(process.execPath, [this.spec.entry], {
      cwd: this.spec.root,
      env: this.spec.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    child.on('message', (message: { type?: unknown } | null) => {
      if (message?.type !== 'ready' || this.hasSaidReady) return;
      this.hasSaidReady = true;
      onReady();
    });
    const lastLines = [child.stdout!, child.stderr!].map((stream) => this.#readLines(stream));
    this.#ended = new Promise((resolve) => {
      child.once('error', (error) => {
        this.#takeLine(error.message);
        resolve({ code: 1, signal: null });
      });
      child.once('exit', (code, signal) => {
        // Its last words come before its end, unless a child of its own holds the stream open.
        void Promise.race([Promise.all(lastLines), delay(lastLinesWithinMs)]).then(() =>
          resolve({ code, signal }),
        );
      });
    });
    return this.#ended;
  }

  /** SIGTERM to its group, and SIGKILL to what is left after `graceMs` or when `hurry` aborts. Resolves when all is gone. */
  async stop(graceMs: number, hurry: AbortSignal): Promise<void> {
    if (this.#child?.pid === undefined || this.#ended === undefined) return;
    const group = this.#child.pid;
    if (this.isRunning) {
      signalGroup(group, 'SIGTERM');
      const timer = new AbortController();
      await Promise.race([
        this.#ended,
        delay(graceMs, undefined, { signal: AbortSignal.any([hurry, timer.signal]) }).catch(() => undefined),
      ]);
      timer.abort();
    }
    if (signalGroup(group, 'SIGKILL')) {
      const deadline = performance.now() + groupGoneWithinMs;
      while (signalGroup(group, 0) && performance.now() < deadline) await delay(groupPollMs);
    }
  }

  /** Resolves when the stream has ended. */
  #readLines(stream: Readable): Promise<void> {
    const lines = lineSplitter((line) => this.#takeLine(line));
    stream.setEncoding('utf8');
    stream.on('data', lines.push);
    return new Promise((resolve) => {
      stream.once('close', () => {
        lines.flush();
        resolve();
      });
    });
  }

  #takeLine(line: string): void {
    this.#log.write(`${line}\n`);
    const readable = readableLine(line);
    if (readable !== undefined) this.#show(readable);
  }
}

/** False when nothing of the group is left. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}

/** For a sentence: `exit code 1`, or `SIGKILL`. */
export function describeEnd(end: ServiceEnd): string {
  return end.signal ?? `exit code ${end.code}`;
}
