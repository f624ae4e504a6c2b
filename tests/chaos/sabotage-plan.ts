/**
 * Who is killed, frozen or cut off, and when: of the same seed always the same. Every kind of blow comes in every round,
 * in an order that the seed decides. Touches nobody.
 */
import { SeededRandom } from '../../tools/demo-models/random.ts';
import type { VictimKind } from './installation.ts';

export interface Blow {
  /** After the start. */
  readonly atMs: number;
  readonly action: 'kill' | 'pause' | 'cut';
  readonly kind: VictimKind;
  /** Which one of its kind, from 0. */
  readonly place: number;
  /** How long a pause or a cut lasts. */
  readonly forMs: number;
}

export interface SabotageOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly counts: Readonly<Record<VictimKind, number>>;
  readonly canCut: boolean;
  readonly gapMs: readonly [min: number, max: number];
}

type Kind = Pick<Blow, 'action' | 'kind'>;

const round: readonly Kind[] = [
  { action: 'kill', kind: 'worker' },
  { action: 'kill', kind: 'worker' },
  { action: 'kill', kind: 'worker' },
  { action: 'kill', kind: 'gateway' },
  { action: 'kill', kind: 'gateway' },
  { action: 'kill', kind: 'redis' },
  { action: 'pause', kind: 'worker' },
  { action: 'pause', kind: 'gateway' },
  { action: 'pause', kind: 'redis' },
];
const roundWithCuts: readonly Kind[] = [
  { action: 'cut', kind: 'worker' },
  { action: 'kill', kind: 'worker' },
  { action: 'kill', kind: 'gateway' },
  { action: 'cut', kind: 'gateway' },
  { action: 'kill', kind: 'redis' },
  { action: 'pause', kind: 'worker' },
  { action: 'kill', kind: 'worker' },
  { action: 'pause', kind: 'redis' },
];

const firstBlowMs = 2_500;
/** A frozen worker outlives its lock about half of the time, and then comes back to a job that is another's. */
const durationsMs: Readonly<Record<VictimKind, readonly [number, number]>> = {
  worker: [2_000, 11_000],
  gateway: [1_000, 6_000],
  redis: [500, 4_000],
};

export function planSabotage({ seed, seconds, counts, canCut, gapMs }: SabotageOptions): Blow[] {
  const random = new SeededRandom(seed, 0x5ab);
  const busyUntilMs = new Map<string, number>();
  const blows: Blow[] = [];
  const endMs = seconds * 1_000;
  let bag: Kind[] = [];
  for (let atMs = firstBlowMs; atMs < endMs; atMs += random.integer(...gapMs)) {
    if (bag.length === 0) bag = shuffle(canCut ? roundWithCuts : round, random);
    const { action, kind } = bag.pop()!;
    const lasts = random.integer(...durationsMs[kind]);
    // Drawn even where they are not needed, so that one choice does not shift all that follow.
    const first = random.integer(0, counts[kind] - 1);
    const forMs = action === 'kill' ? 0 : Math.min(lasts, Math.max(500, endMs - atMs));
    const places = Array.from({ length: counts[kind] }, (_, step) => (first + step) % counts[kind]);
    const place = places.find((candidate) => (busyUntilMs.get(`${kind} ${candidate}`) ?? 0) <= atMs);
    if (place === undefined) continue;
    busyUntilMs.set(`${kind} ${place}`, atMs + forMs + 500);
    blows.push({ atMs, action, kind, place, forMs });
  }
  return blows;
}

function shuffle<T>(list: readonly T[], random: SeededRandom): T[] {
  const shuffled = [...list];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = random.integer(0, last);
    [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
  }
  return shuffled;
}
