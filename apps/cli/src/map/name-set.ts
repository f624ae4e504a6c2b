/**
 * A set of names that costs twenty-odd bytes each, however long they are: it keeps digests. Two names with one digest would need
 * some 2^48 names. Names can be added and asked for, and not listed.
 */
import { createHash } from 'node:crypto';

/** Digits of 32 bits that are kept of a digest. */
const wordsPerName = 3;

export class NameSet {
  #table = new Uint32Array(1024 * wordsPerName);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(name: string): boolean {
    return this.#table[this.#slotOf(digestOf(name)) * wordsPerName] !== 0;
  }

  /** Whether it was new. */
  add(name: string): boolean {
    const digest = digestOf(name);
    const slot = this.#slotOf(digest);
    if (this.#table[slot * wordsPerName] !== 0) return false;
    this.#table.set(digest, slot * wordsPerName);
    this.#size += 1;
    if (this.#size * 2 * wordsPerName > this.#table.length) this.#grow();
    return true;
  }

  /** The digest's own slot, or the free one where it belongs. */
  #slotOf(digest: Uint32Array): number {
    const slots = this.#table.length / wordsPerName;
    let slot = digest[0]! % slots;
    while (!this.#isFreeOr(slot, digest)) slot = (slot + 1) % slots;
    return slot;
  }

  #isFreeOr(slot: number, digest: Uint32Array): boolean {
    const at = slot * wordsPerName;
    if (this.#table[at] === 0) return true;
    return digest.every((word, index) => this.#table[at + index] === word);
  }

  #grow(): void {
    const old = this.#table;
    this.#table = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += wordsPerName) {
      if (old[at] === 0) continue;
      const digest = old.subarray(at, at + wordsPerName);
      this.#table.set(digest, this.#slotOf(digest) * wordsPerName);
    }
  }
}

/** The first word is never 0, which means a free slot. */
function digestOf(name: string): Uint32Array {
  const bytes = createHash('sha256').update(name).digest();
  const words = Uint32Array.from({ length: wordsPerName }, (_, index) => bytes.readUInt32LE(index * 4));
  words[0] ||= 1;
  return words;
}
