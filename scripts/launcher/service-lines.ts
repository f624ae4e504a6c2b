/**
 * What the services complain of, on its way to the terminal. While everything is starting it is held back, because a
 * gateway that meets no queue yet is no news; it is shown when the start fails or takes long, and forgotten when all is
 * well. The log files have it in any case.
 */
const repetitionWithinMs = 10_000;

export class ServiceLines {
  readonly #say: (line: string) => void;
  readonly #now: () => number;
  readonly #shownAt = new Map<string, number>();
  #held: { readonly service: string; readonly line: string }[] | undefined = [];

  constructor(say: (line: string) => void, now: () => number = performance.now.bind(performance)) {
    this.#say = say;
    this.#now = now;
  }

  take(service: string, text: string): void {
    const line = `${service}: ${text}`;
    if (this.#held !== undefined) {
      if (this.#held.at(-1)?.line !== line) this.#held.push({ service, line });
      return;
    }
    const shownAt = this.#shownAt.get(line) ?? -Infinity;
    if (this.#now() - shownAt < repetitionWithinMs) return;
    // A line that never comes again must not be remembered for ever.
    for (const [old, at] of this.#shownAt)
      if (this.#now() - at >= repetitionWithinMs) this.#shownAt.delete(old);
    this.#shownAt.set(line, this.#now());
    this.#say(line);
  }

  /** Shows what was held back, of all or of the one service that is to blame, and everything from now on. */
  show(service?: string): void {
    for (const held of this.#held ?? [])
      if (service === undefined || held.service === service) this.#say(held.line);
    this.#held = undefined;
  }

  /** Forgets what was held back, and shows everything from now on. */
  forget(): void {
    this.#held = undefined;
  }
}
