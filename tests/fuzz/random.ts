/** The choices of a fuzz, by the one seeded generator: what hostile bytes and sizes are made of. */
import { SeededRandom } from '../../tools/demo-models/random.ts';

export class Random extends SeededRandom {
  /** The parts together are the seed: one case of a run has its own, whatever was made before it. */
  constructor(...parts: readonly (string | number)[]) {
    super(hashOf(parts.join('/')));
  }

  chance(probability: number): boolean {
    return this.between(0, 1) < probability;
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    for (let i = 0; i < length; i++) bytes[i] = this.uint32();
    return bytes;
  }

  /** Small numbers often, large ones now and then. */
  size(max: number): number {
    return Math.min(max, Math.floor(2 ** (this.between(0, 1) * Math.log2(max + 1))));
  }
}

/** FNV-1a with 32 bits (Fowler, Noll, Vo). */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const code of Buffer.from(text)) hash = Math.imul(hash ^ code, 0x01000193);
  return hash >>> 0;
}
