/** A gateway or a worker as a process of its own, the way it runs in earnest, with its log at hand. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = path.resolve(fileURLToPath(import.meta.url), '../../..');

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface ServiceProcessOptions {
  /** Told of each line of the log. */
  readonly onLine?: ((line: LogLine) => void) | undefined;
  /** Where its standard output goes instead: reading it takes time that a measurement would count. */
  readonly logFile?: string | undefined;
}

export class ServiceProcess {
  readonly #child: ChildProcess;
  readonly #lines: LogLine[] = [];
  #text = '';

  /** `main` is relative to the repository; what it writes can be read here unless it goes to a file. */
  constructor(
    main: string,
    env: Readonly<Record<string, string>>,
    { onLine, logFile }: ServiceProcessOptions = {},
  ) {
    const output = logFile === undefined ? 'pipe' : openSync(logFile, 'a');
    this.#child = spawn(process.execPath, [path.join(repository, main)], {
      cwd: repository,
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', output, 'pipe'],
    });
    if (typeof output === 'number') closeSync(output);
    let rest = '';
    this.#child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#text += chunk;
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) {
        if (!part.startsWith('{')) continue;
        const line = JSON.parse(part) as LogLine;
        this.#lines.push(line);
        onLine?.(line);
      }
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#text += chunk;
    });
    running.add(this);
    this.#child.once('exit', () => running.delete(this));
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get log(): readonly LogLine[] {
    return this.#lines;
  }

  /** Everything it wrote, for the message of a failing test. */
  get text(): string {
    return this.#text;
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves to the exit status, null after a signal. */
  async ended(): Promise<number | null> {
    if (this.isRunning) await once(this.#child, 'exit');
    return this.#child.exitCode;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGCONT');
    this.#child.kill('SIGKILL');
    await this.ended();
  }
}

const running = new Set<ServiceProcess>();
process.once('exit', () => {
  for (const service of running) service.signal('SIGKILL');
});
