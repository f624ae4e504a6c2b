/**
 * One place in an installation of processes, and whichever process fills it at present: what dies is started again at once,
 * for whatever reason it died. Knows nothing of what the services do but the line that says that a worker has answered.
 */
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import type { LogLine, ServiceProcess } from '../support/service-process.ts';
import type { History } from './history.ts';
import type { VictimKind } from './installation.ts';

/** A service that dies younger than this, again and again, has another problem than us. */
const youngMs = 1_500;
const youngDeathsMax = 15;

/** Where the services of one installation leave what was seen of them. */
export interface Evidence {
  /** From when on there is one. */
  history: History | undefined;
  readonly logsFolder: string | undefined;
}

/** One place in the installation, and whichever process fills it at present. */
export class SupervisedService {
  readonly kind: VictimKind;
  readonly name: string;
  readonly #spawn: (onLine: (line: LogLine) => void) => ServiceProcess;
  readonly #evidence: Evidence;
  #process: ServiceProcess;
  #isStopping = false;
  #isExpected = false;
  #youngDeaths = 0;

  constructor(
    kind: VictimKind,
    name: string,
    evidence: Evidence,
    spawn: (onLine: (line: LogLine) => void) => ServiceProcess,
  ) {
    this.kind = kind;
    this.name = name;
    this.#evidence = evidence;
    this.#spawn = spawn;
    this.#process = this.#begin();
  }

  get text(): string {
    return `${this.name}: ${this.#process.text}`;
  }

  async kill(): Promise<void> {
    this.#isExpected = true;
    await this.#process.kill();
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.signal(signal);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#process.kill();
    this.#keepLog(this.#process);
  }

  #begin(): ServiceProcess {
    const begunAtMs = Date.now();
    const service = this.#spawn((line) => this.#note(line));
    void service.ended().then(() => this.#onEnd(begunAtMs, service));
    return service;
  }

  #onEnd(begunAtMs: number, service: ServiceProcess): void {
    if (this.#isStopping) return;
    this.#keepLog(service);
    const nowMs = Date.now();
    if (!this.#isExpected) {
      const { kind, name } = this;
      this.#evidence.history?.disturbances.push({ action: 'death', kind, victim: name, atMs: nowMs });
      this.#youngDeaths = nowMs - begunAtMs < youngMs ? this.#youngDeaths + 1 : 0;
      if (this.#youngDeaths > youngDeathsMax)
        throw new Error(`${this.name} dies again and again: ${service.text.slice(-2_000)}`);
    }
    this.#isExpected = false;
    this.#process = this.#begin();
  }

  #keepLog({ text }: ServiceProcess): void {
    const { logsFolder } = this.#evidence;
    if (logsFolder === undefined) return;
    appendFileSync(path.join(logsFolder, `${this.name.replace(' ', '-')}.log`), text);
  }

  #note({ msg, id, time }: LogLine): void {
    if (msg !== 'answered' || typeof id !== 'string') return;
    this.#evidence.history?.publications.push({ id, by: this.name, atMs: Date.parse(String(time)) });
  }
}
