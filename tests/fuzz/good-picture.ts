/**
 * The picture of somebody who means well: asked for again and again, and to be answered right whatever else goes on. Now and
 * then there may be no room for it, as for anybody; but not often, and not in the end.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { predict, type Answer } from '../support/ask.ts';
import { sampleScene } from '../support/pictures.ts';
import { fuzzModel } from './fuzz-stack.ts';

const refusalShareMax = 0.1;
const lastTriesMax = 60;

export class GoodPicture {
  readonly #url: string;
  readonly #picture: Buffer;
  /** What was found in it before the first hostile request. */
  readonly #found: Answer['body']['detections'];
  readonly #ms: number[] = [];
  readonly #violations: string[] = [];
  #refusals = 0;

  private constructor(url: string, picture: Buffer, first: Answer) {
    this.#url = url;
    this.#picture = picture;
    this.#found = first.body.detections;
    this.#check(first.status, first.body);
  }

  static async startAsking(url: string): Promise<GoodPicture> {
    const picture = await sampleScene();
    return new GoodPicture(url, picture, await predict(url, fuzzModel, picture));
  }

  async ask(): Promise<void> {
    const startedMs = performance.now();
    try {
      const { status, body } = await predict(this.#url, fuzzModel, this.#picture);
      this.#check(status, body);
    } catch (error) {
      this.#violations.push(`a good picture was not answered: ${String((error as Error).cause ?? error)}`);
    }
    this.#ms.push(performance.now() - startedMs);
  }

  /** Once more, until there is room. */
  async askAtLast(): Promise<void> {
    for (const before = this.#refusals; ; await sleep(1_000)) {
      const known = this.#refusals;
      await this.ask();
      if (this.#refusals === known) return;
      if (this.#refusals - before > lastTriesMax) {
        this.#violations.push('there was no room for a good picture in the end');
        return;
      }
    }
  }

  #check(status: number, body: Answer['body']): void {
    const isRight = status === 200 && body.detections !== undefined && body.detections.length > 0;
    if (isRight && isDeepStrictEqual(body.detections, this.#found)) return;
    if (status === 503 && body.error?.code === 'overloaded') {
      this.#refusals += 1;
      return;
    }
    this.#violations.push(
      `a good picture was answered with ${status}: ${JSON.stringify(body).slice(0, 200)}`,
    );
  }

  get violations(): readonly string[] {
    const refused = `${this.#refusals} of ${this.#ms.length} good pictures were refused as overloaded`;
    return this.#refusals > refusalShareMax * this.#ms.length
      ? [...this.#violations, refused]
      : this.#violations;
  }

  get refusals(): number {
    return this.#refusals;
  }

  /** How long each took, in milliseconds, the fastest first. */
  get tookMs(): readonly number[] {
    return this.#ms.toSorted((a, b) => a - b);
  }
}
