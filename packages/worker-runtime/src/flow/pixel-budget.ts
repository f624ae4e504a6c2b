/**
 * How many pixels may lie decoded and whole in memory at once. A small file can hold a very large picture, and as many are
 * decoded side by side as jobs are in flight. First come, first served.
 */
export class PixelBudget {
  readonly #pixelsMax: number;
  #held = 0;
  readonly #waiting: { pixels: number; enter: () => void }[] = [];

  /** `pixelsMax` must be at least what one picture may have. */
  constructor(pixelsMax: number) {
    this.#pixelsMax = pixelsMax;
  }

  /** Runs `work` when there is room for `pixels` more. */
  async within<T>(pixels: number, work: () => Promise<T>): Promise<T> {
    const weight = Math.min(pixels, this.#pixelsMax);
    await new Promise<void>((enter) => {
      this.#waiting.push({ pixels: weight, enter });
      this.#admit();
    });
    try {
      return await work();
    } finally {
      this.#held -= weight;
      this.#admit();
    }
  }

  #admit(): void {
    while (this.#waiting[0] !== undefined && this.#held + this.#waiting[0].pixels <= this.#pixelsMax) {
      const next = this.#waiting.shift()!;
      this.#held += next.pixels;
      next.enter();
    }
  }
}
