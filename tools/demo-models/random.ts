// The only source of chance in the demo scenes: a small seeded generator, so that a seed and an index give the
// same bytes on every machine. It refuses Math.random and every function whose last bit is left to the engine
// (sine, logarithm): integers, + - * / and nothing else.

const UINT32_SPAN = 2 ** 32;

/**
 * Scrambles 32 bits so that neighbouring inputs share nothing.
 * Formula: the finaliser of MurmurHash3 (Austin Appleby, public domain).
 */
const scramble = (bits: number): number => {
  let hash = bits >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};

export class SeededRandom {
  #state: number;

  /** `seed` names the series, `index` the place in it: a scene can be drawn without drawing those before it. */
  constructor(seed: number, index = 0) {
    this.#state = scramble(scramble(seed) + Math.imul(index, 0x9e3779b9));
  }

  /** An integer in [0, 2³²). A Weyl sequence through `scramble`, as in SplitMix (Steele, Lea, Flood, 2014). */
  uint32(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    return scramble(this.#state);
  }

  /** A number in [low, high). */
  between(low: number, high: number): number {
    return low + (this.uint32() / UINT32_SPAN) * (high - low);
  }

  /** An integer in [low, high], both ends included. */
  integer(low: number, high: number): number {
    return low + Math.floor((this.uint32() / UINT32_SPAN) * (high - low + 1));
  }

  /** One of `choices`, each equally likely. Throws RangeError when there is none. */
  pick<T>(choices: readonly T[]): T {
    if (choices.length === 0) throw new RangeError('nothing to pick from');
    return choices[this.integer(0, choices.length - 1)] as T;
  }

  /** Roughly normal, mean 0 and deviation 1, within ±3.5: the sum of the four bytes of one draw. */
  bell(): number {
    const bits = this.uint32();
    const sum = (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24);
    return (sum - 510) / 147.8;
  }
}
