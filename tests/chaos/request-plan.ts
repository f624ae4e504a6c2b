/**
 * What is asked, request by request: of the same seed always the same. A request depends on its index alone, so that the
 * sequence does not change with what happens on the way. Sends nothing.
 */
import { SeededRandom } from '../../tools/demo-models/random.ts';

/** The ways in which callers call. */
export type Sort =
  /** Waits as long as may be. */
  | 'waits'
  /** Waits a second and takes a 202 if it must. */
  | 'waits briefly'
  /** Wants a 202 and asks for the answer. */
  | 'asks later'
  /** As before, without an Idempotency-Key. */
  | 'asks later, keyless'
  /** Wants a 202 and follows the events. */
  | 'follows'
  /** Wants a 202 and cancels. */
  | 'cancels'
  /** Hangs up while it waits, and comes back with its key. */
  | 'hangs up'
  /** A picture that its worker dies of. */
  | 'poison';

export interface PlannedRequest {
  readonly index: number;
  /** After the start. */
  readonly atMs: number;
  readonly sort: Sort;
  readonly priority: 'high' | 'normal' | 'low';
  /** Before the cancellation or the hanging up, and from there to the return. */
  readonly pauseMs: number;
  readonly hasKey: boolean;
  /** Its worker takes long, so that there is always somebody to be interrupted. */
  readonly isSlow: boolean;
  /** Its answer is to be posted as well. */
  readonly hasWebhook: boolean;
}

export interface RequestPlanOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** Whether there may be slow pictures and deadly ones. */
  readonly isScripted: boolean;
  /** Whether there may be webhooks. */
  readonly callsBack: boolean;
}

const weights: readonly (readonly [sort: Sort, weight: number])[] = [
  ['waits', 44],
  ['waits briefly', 8],
  ['asks later', 14],
  ['asks later, keyless', 14],
  ['follows', 6],
  ['cancels', 7],
  ['hangs up', 7],
];
const weightSum = weights.reduce((sum, [, weight]) => sum + weight, 0);

const slowPercent = 4;
const webhookPercent = 25;
/** Each poison costs four workers, and what they had in flight. */
const poisonFirstS = 15;
const poisonEveryS = 150;

export function planRequests(options: RequestPlanOptions): PlannedRequest[] {
  const count = Math.floor(options.seconds * options.perSecond);
  return Array.from({ length: count }, (_, index) => planRequest(index, options));
}

function planRequest(
  index: number,
  { seed, perSecond, isScripted, callsBack }: RequestPlanOptions,
): PlannedRequest {
  const random = new SeededRandom(seed, index);
  const intervalMs = 1_000 / perSecond;
  const common = {
    index,
    atMs: Math.round((index + random.between(0, 0.8)) * intervalMs),
    priority: pickPriority(random.integer(1, 100)),
    pauseMs: random.integer(10, 600),
  };
  const every = Math.round(poisonEveryS * perSecond);
  if (isScripted && index % every === Math.round(poisonFirstS * perSecond) % every) {
    return { ...common, sort: 'poison', hasKey: true, isSlow: false, hasWebhook: false };
  }
  const sort = pickSort(random.integer(1, weightSum));
  const hasKey = hasKeyOf(sort, random);
  const mayHaveWebhook = callsBack && (sort === 'asks later' || sort === 'asks later, keyless');
  const hasWebhook = random.integer(1, 100) <= webhookPercent && mayHaveWebhook;
  const isSlow = random.integer(1, 100) <= slowPercent && isScripted;
  return { ...common, sort, hasKey, isSlow, hasWebhook };
}

function pickPriority(percent: number): PlannedRequest['priority'] {
  if (percent <= 15) return 'high';
  return percent <= 30 ? 'low' : 'normal';
}

function pickSort(at: number): Sort {
  let sum = 0;
  for (const [sort, weight] of weights) {
    sum += weight;
    if (at <= sum) return sort;
  }
  return 'waits';
}

function hasKeyOf(sort: Sort, random: SeededRandom): boolean {
  if (sort === 'asks later, keyless') return false;
  return sort === 'cancels' ? random.integer(0, 1) === 1 : true;
}
