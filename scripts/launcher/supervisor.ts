/**
 * Keeps the services of one start: runs them, notices deaths, restarts them once everything had been ready, and stops
 * them in order. Before that first moment a death is the caller's news, because something is wrong with the set-up.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { restartDelayMs } from './restart-delay.ts';
import { describeEnd } from './service-process.ts';
import type { ServiceEnd, ServiceProcess } from './service-process.ts';

export interface EarlyDeath {
  readonly service: ServiceProcess;
  readonly end: ServiceEnd;
}

/** A service that never says it is ready counts as ready after having lived this long. */
const provenAfterMs = 10_000;

export class Supervisor {
  readonly #say: (line: string) => void;
  readonly #over = new AbortController();
  readonly #earlyDeath = Promise.withResolvers<EarlyDeath>();
  #mayRestart = false;

  /** Settles only when a service dies before `allowRestarts`. */
  readonly earlyDeath: Promise<EarlyDeath> = this.#earlyDeath.promise;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  run(service: ServiceProcess): void {
    void this.#keep(service);
  }

  /** Everything has been ready: from now on what dies comes back. */
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
    for (let deathsBeforeReady = 0; !signal.aborted;) {
      const startedAt = performance.now();
      const end = await service.start();
      if (signal.aborted) return;
      if (!this.#mayRestart) {
        this.#earlyDeath.resolve({ service, end });
        return;
      }
      const wasReady = service.hasSaidReady || performance.now() - startedAt > provenAfterMs;
      deathsBeforeReady = wasReady ? 0 : deathsBeforeReady + 1;
      const waitMs = restartDelayMs(deathsBeforeReady);
      const when = waitMs === 0 ? 'starting it again' : `starting it again in ${waitMs / 1000} s`;
      this.#say(`${service.spec.name} ended (${describeEnd(end)}); ${when}.`);
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
