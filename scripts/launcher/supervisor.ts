/**
 * Keeps the services of one start: runs them, notices deaths, restarts what dies and says so, and stops all in order. Only
 * what dies before it was ever ready, while everything is starting, is its caller's news: something is wrong with the set-up.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { restartDelayMs, startingAgain } from './restart-delay.ts';
import { describeEnd } from './service-process.ts';
import type { ServiceEnd, ServiceProcess } from './service-process.ts';

export interface EarlyDeath {
  readonly service: ServiceProcess;
  readonly end: ServiceEnd;
}

export class Supervisor {
  readonly #say: (line: string) => void;
  readonly #over = new AbortController();
  readonly #earlyDeath = Promise.withResolvers<EarlyDeath>();
  #mayRestart = false;

  /** Settles only when a service dies before it was ready, and before `allowRestarts`. */
  readonly earlyDeath: Promise<EarlyDeath> = this.#earlyDeath.promise;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  run(service: ServiceProcess): void {
    void this.#keep(service);
  }

  /** Everything has been ready: from now on whatever dies comes back. */
  allowRestarts(): void {
    this.#mayRestart = true;
  }

  /**
   * Stops each group of services together and the groups one after the other. `hurry` ends the waiting.
   * Afterwards nothing of them runs, and nothing is restarted.
   */
  async stop(
    groups: readonly (readonly ServiceProcess[])[],
    graceMs: number,
    hurry: AbortSignal,
  ): Promise<void> {
    this.#over.abort();
    for (const group of groups) await Promise.all(group.map((service) => service.stop(graceMs, hurry)));
  }

  async #keep(service: ServiceProcess): Promise<void> {
    const { signal } = this.#over;
    const { name } = service.spec;
    let deathsBeforeReady = 0;
    for (let isAgain = false; !signal.aborted; isAgain = true) {
      const end = await service.start(() => {
        if (isAgain && !signal.aborted) this.#say(`${name} is ready again.`);
      });
      if (signal.aborted) return;
      const wasReady = service.hasSaidReady;
      if (!wasReady && !this.#mayRestart) {
        this.#earlyDeath.resolve({ service, end });
        return;
      }
      deathsBeforeReady = wasReady ? 0 : deathsBeforeReady + 1;
      const waitMs = restartDelayMs(deathsBeforeReady);
      this.#say(
        `${name} ended${wasReady ? '' : ' before it was ready'} (${describeEnd(end)}); ${startingAgain(waitMs)}.`,
      );
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
