/** What is still told to the server after its caller has left: that nobody wants the answer any more. */
import { onAbort } from './on-abort.ts';

export class Farewells {
  readonly #underWay = new Set<Promise<unknown>>();

  /** Settles with the work. An abort bids farewell at once, so that whoever then asks for all to be said does not come too early. */
  async orLeave<T>(
    work: Promise<T>,
    signal: AbortSignal | undefined,
    farewell: () => Promise<unknown>,
    isLeaving: (error: unknown) => boolean,
  ): Promise<T> {
    let hasLeft = false;
    const leave = (): void => {
      if (!hasLeft) this.#bid(farewell());
      hasLeft = true;
    };
    const ignore = onAbort(signal, leave);
    try {
      return await work;
    } catch (error) {
      if (isLeaving(error)) leave();
      throw error;
    } finally {
      ignore();
    }
  }

  /** Resolves when everything was said, or could not be. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** The caller is gone, so there is nobody to whom a failure would mean something. */
  #bid(farewell: Promise<unknown>): void {
    const said = farewell.catch(() => undefined).finally(() => this.#underWay.delete(said));
    this.#underWay.add(said);
  }
}
