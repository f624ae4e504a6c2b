/**
 * Carries out a plan of sabotage and notes each blow when it has fallen. Whoever stops it gets everything back: nobody
 * stays frozen or cut off.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Disturbance, History } from './history.ts';
import type { Victim } from './installation.ts';
import type { Blow } from './sabotage-plan.ts';

export interface Saboteur {
  /** Resolves when all blows have fallen, or after `stop`. */
  readonly done: Promise<void>;
  readonly last: string;
  stop(): Promise<void>;
}

export function startSabotage(
  blows: readonly Blow[],
  victims: readonly Victim[],
  startMs: number,
  history: History,
): Saboteur {
  const over = new AbortController();
  const running: Promise<void>[] = [];
  let last = 'nothing yet';

  const wait = async (ms: number): Promise<void> => {
    await delay(Math.max(0, ms), undefined, { signal: over.signal }).catch(() => undefined);
  };
  const strike = async (blow: Blow): Promise<void> => {
    const victim = victims.filter(({ kind }) => kind === blow.kind)[blow.place]!;
    last = `${blow.action} ${victim.name}`;
    await hit(blow, victim, history, wait);
  };
  const run = async (): Promise<void> => {
    for (const blow of blows) {
      await wait(startMs + blow.atMs - Date.now());
      if (over.signal.aborted) break;
      const struck = strike(blow);
      // What goes wrong is for whoever stops it.
      struck.catch(() => undefined);
      running.push(struck);
    }
    await Promise.all(running);
  };
  const done = run();
  done.catch(() => undefined);
  return {
    done,
    get last() {
      return last;
    },
    stop: async () => {
      over.abort();
      await done;
    },
  };
}

async function hit(
  { action, forMs }: Blow,
  victim: Victim,
  history: History,
  wait: (ms: number) => Promise<void>,
): Promise<void> {
  const { kind, name, url } = victim;
  try {
    await begin(action, victim);
  } catch (error) {
    // Whoever is down already cannot be struck.
    history.missed.push(`${action} ${name}: ${(error as Error).message}`);
    return;
  }
  const disturbance: Disturbance = { action, kind, victim: name, url, atMs: Date.now() };
  history.disturbances.push(disturbance);
  if (action === 'kill') return;
  await wait(forMs);
  await end(action, victim);
  disturbance.overAtMs = Date.now();
}

function begin(action: Blow['action'], victim: Victim): Promise<void> | undefined {
  if (action === 'kill') return victim.kill();
  return action === 'pause' ? victim.pause() : victim.cut?.();
}

/** Nobody may stay frozen or cut off, whatever else happens to them. */
async function end(action: Blow['action'], victim: Victim, triesLeft = 10): Promise<void> {
  try {
    await (action === 'pause' ? victim.resume() : victim.heal?.());
  } catch (error) {
    if (triesLeft === 0) throw error;
    await delay(500);
    await end(action, victim, triesLeft - 1);
  }
}
