/** When the requests of an open loop are due. It knows no clock: times are milliseconds from the start. */

/**
 * Arrivals at `perS` on average for ever, in order, as callers make them who know nothing of one another: a Poisson process,
 * whose gaps are exponential, -ln(1 - u) / rate with u even in [0, 1). The same seed gives the same times.
 */
export function* poissonArrivals(perS: number, seed: number): Generator<number> {
  const chances = evenNumbers(seed);
  for (let dueMs = 0; ;) {
    dueMs += (-1000 * Math.log(1 - chances.next().value)) / perS;
    yield dueMs;
  }
}

/** In [0, 1): a Weyl sequence (SplitMix; Steele, Lea, Flood, 2014) through the finaliser of MurmurHash3 (Appleby, public domain). */
function* evenNumbers(seed: number): Generator<number, never> {
  for (let state = scrambled(seed); ;) {
    state = (state + 0x9e3779b9) >>> 0;
    yield scrambled(state) / 2 ** 32;
  }
}

function scrambled(bits: number): number {
  let hash = bits >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
