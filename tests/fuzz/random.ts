/**
 * Chance that can be repeated: the same seed gives the same choices, on every machine. Not for secrets, and not for
 * statistics.
 */
export class Random {
  #state: number;

  /** The parts together are the seed: one case of a run has its own, whatever was made before it. */
  constructor(...parts: readonly (string | number)[]) {
    // FNV-1a over the text of all parts; xorshift must not begin at zero.
    let hash = 0x811c9dc5;
    for (const code of Buffer.from(parts.join('/'))) hash = Math.imul(hash ^ code, 0x01000193);
    this.#state = hash >>> 0 || 1;
    // Seeds that differ in one digit begin alike.
    for (let i = 0; i < 8; i++) this.#next();
  }

  /** Marsaglia's xorshift with 32 bits (Journal of Statistical Software 8/14, 2003). */
  #next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (this.#state = x >>> 0);
  }

  /** Both ends are possible. */
  int(min: number, max: number): number {
    return min + Math.floor((this.#next() / 2 ** 32) * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.#next() / 2 ** 32 < probability;
  }

  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new Error('there is nothing to pick from');
    return list[this.int(0, list.length - 1)]!;
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    for (let i = 0; i < length; i++) bytes[i] = this.#next() >>> 11;
    return bytes;
  }

  /** Small numbers often, large ones now and then. */
  size(max: number): number {
    return Math.min(max, Math.floor(2 ** ((this.#next() / 2 ** 32) * Math.log2(max + 1))));
  }
}
