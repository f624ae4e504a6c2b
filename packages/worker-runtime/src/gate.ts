/**
 * Who may run beside whom: jobs run together, but a suspect (a job that an earlier worker died with) runs alone. First
 * come, first served: a suspect that waits is not overtaken, or it would wait for ever.
 */

export type RunMode = 'together' | 'alone';

export class Gate {
  #running = 0;
  #aloneRunning = false;
  readonly #waiting: { mode: RunMode; enter: () => void }[] = [];

  /** Resolves when the run may begin, to the function that ends it. */
  async enter(mode: RunMode): Promise<() => void> {
    await new Promise<void>((enter) => {
      this.#waiting.push({ mode, enter });
      this.#admit();
    });
    return this.#exit();
  }

  /** As `enter('together')` where it need not wait; otherwise undefined. */
  tryEnter(): (() => void) | undefined {
    if (this.#waiting.length > 0 || !this.#mayEnter('together')) return undefined;
    this.#running += 1;
    return this.#exit();
  }

  #exit(): () => void {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#running -= 1;
      this.#aloneRunning = false;
      this.#admit();
    };
  }

  #admit(): void {
    while (this.#waiting[0] !== undefined && this.#mayEnter(this.#waiting[0].mode)) {
      const next = this.#waiting.shift()!;
      this.#running += 1;
      this.#aloneRunning = next.mode === 'alone';
      next.enter();
    }
  }

  #mayEnter(mode: RunMode): boolean {
    return !this.#aloneRunning && (mode === 'together' || this.#running === 0);
  }
}
