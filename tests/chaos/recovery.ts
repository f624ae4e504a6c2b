/**
 * How long it took, after each blow, until what was struck served again: a gateway when it took a request that was sent
 * after the blow, a worker when the next answer was its own, Redis when any request sent after the blow was taken. A pause or a cut is
 * measured from its end. Made of the history alone.
 */
import type { Disturbance, History } from './history.ts';

export interface Recovery {
  /** `worker killed`, `redis paused`, … */
  readonly blow: string;
  readonly count: number;
  /** Of those after which it served again before the run ended. */
  readonly medianMs: number | undefined;
  readonly maxMs: number | undefined;
  /** It had not served again when it was struck the next time, or at the end. */
  readonly unseen: number;
}

const words: Readonly<Record<Disturbance['action'], string>> = {
  kill: 'killed',
  pause: 'paused',
  cut: 'cut off',
  death: 'died of a picture',
};

export function recoveriesOf(history: History): Recovery[] {
  const groups = Map.groupBy(history.disturbances, ({ kind, action }) => `${kind} ${words[action]}`);
  return [...groups]
    .map(([blow, disturbances]) => {
      const timesMs = disturbances.map((disturbance) => recoveryMsOf(disturbance, history));
      const seen = timesMs.filter((ms) => ms !== undefined).sort((a, b) => a - b);
      return {
        blow,
        count: disturbances.length,
        medianMs: quantile(seen, 0.5),
        maxMs: seen.at(-1),
        unseen: timesMs.length - seen.length,
      };
    })
    .sort((a, b) => a.blow.localeCompare(b.blow));
}

function recoveryMsOf(disturbance: Disturbance, history: History): number | undefined {
  const sinceMs = disturbance.overAtMs ?? disturbance.atMs;
  const nextMs = history.disturbances
    .filter(({ victim, atMs }) => victim === disturbance.victim && atMs > sinceMs)
    .reduce((min, { atMs }) => Math.min(min, atMs), Number.POSITIVE_INFINITY);
  const servedMs = servedAtMs(disturbance, sinceMs, history);
  return servedMs === undefined || servedMs > nextMs ? undefined : servedMs - sinceMs;
}

function servedAtMs(
  { kind, victim, url }: Disturbance,
  sinceMs: number,
  history: History,
): number | undefined {
  const { publications, attempts } = history;
  // Where workers cannot be told apart any answer counts.
  if (kind === 'worker' && publications.some(({ by }) => by === victim)) {
    return first(
      publications.filter(({ by, atMs }) => by === victim && atMs >= sinceMs).map(({ atMs }) => atMs),
    );
  }
  return first(
    attempts
      .filter(({ outcome }) => outcome === 'answered' || outcome === 'accepted')
      .filter((attempt) => attempt.startedAtMs >= sinceMs && (url === undefined || attempt.url === url))
      .map(({ endedAtMs }) => endedAtMs),
  );
}

function first(timesMs: readonly number[]): number | undefined {
  return timesMs.length === 0 ? undefined : timesMs.reduce((min, ms) => Math.min(min, ms));
}

/** Of sorted numbers, by the nearest rank; undefined when there are none. */
export function quantile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}
