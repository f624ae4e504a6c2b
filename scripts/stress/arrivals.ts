/** When the requests of an open loop are due. It knows no clock: times are milliseconds from the start. */
import { SeededRandom } from '../../tools/demo-models/random.ts';

/**
 * Arrivals at `perS` on average for ever, in order, as callers make them who know nothing of one another: a Poisson process,
 * whose gaps are exponential, -ln(1 - u) / rate with u even in [0, 1). The same seed gives the same times.
 */
export function* poissonArrivals(perS: number, seed: number): Generator<number> {
  const random = new SeededRandom(seed);
  for (let dueMs = 0; ;) {
    dueMs += (-1000 * Math.log(1 - random.between(0, 1))) / perS;
    yield dueMs;
  }
}
