/**
 * The life of one prediction as requests: submitted, waited for, canceled. Two things hold for each: a repeated request carries the
 * same key, so that it is never a second prediction; and one that nobody waits for any more is canceled on the server.
 */
import type { FinalPrediction, OpenPrediction, Prediction, PredictionState } from './answer-form.ts';
import { errorOfEnded } from './answer-error.ts';
import { buildForm } from './build-form.ts';
import type { PredictOptions, SubmitOptions } from './call-options.ts';
import { Farewells } from './farewells.ts';
import type { HttpAnswer, HttpExchange } from './http-exchange.ts';
import type { ImageInput } from './image-input.ts';
import { orAborted } from './link-signals.ts';
import type { Patience, RetryPolicy } from './patience.ts';
import { isFinal, readFinal, readState } from './read-answer.ts';
import { ShoalError } from './shoal-error.ts';

/** Most answers are there within this, and need no second request. */
const firstWaitS = 1;
/** Longer than that, so that whoever leaves meanwhile still learns the id that it has to cancel. */
const abandonedMsMax = 2_000;
const farewellMsMax = 5_000;
/** One request for the answer waits for this long; the server may make less of it. */
const waitSMax = 20;
/** How often somebody who wants to know how it stands is told. */
const stateWaitS = 1;
/** A server that does not wait is not asked more often. */
const pollMs = 1_000;
/** A deadline that only follows from the budget: longer ones are left to the server, which allows a day as delivered. */
const budgetDeadlineMsMax = 86_400_000;
const deadlineMsMin = 100;
/**
 * Who waits for an answer takes it as soon as it is there. A server that keeps it for a day, for want of another word, is filled by
 * a million pictures; this outlasts a gateway that is started again.
 */
const takenAtOnceKeepMs = 600_000;

export interface CallContext {
  readonly http: HttpExchange;
  readonly policy: RetryPolicy;
  readonly requestTimeoutMs: number;
  readonly uploadTimeoutMs: number;
}

export type KeyedOptions = SubmitOptions & { readonly idempotencyKey: string };
type OnState = PredictOptions['onState'];

/** How a prediction stands, and the answer that said so. */
interface Told<State> {
  readonly state: State;
  readonly by: HttpAnswer;
}

export class PredictionCalls {
  readonly #context: CallContext;
  readonly #farewells = new Farewells();
  /** The server has refused a deadline that only followed from the budget. */
  #leavesDeadlineOut = false;

  constructor(context: CallContext) {
    this.#context = context;
  }

  async predict(
    image: ImageInput,
    options: KeyedOptions & PredictOptions,
    patience: Patience,
  ): Promise<Prediction> {
    const { onState } = options;
    const terms = { waitS: onState === undefined ? firstWaitS : 0, endsWithBudget: true };
    const asked = { ...options, keepMs: options.keepMs ?? takenAtOnceKeepMs };
    for (;;) {
      try {
        const told = await this.#submit(image, asked, terms, patience);
        return toPrediction(
          isFinal(told.state)
            ? { ...told, state: told.state }
            : await this.#attend(told.state, onState, patience),
        );
      } catch (error) {
        if (!isLoss(error)) throw error;
        await patience.pauseAfterLoss(error);
      }
    }
  }

  async submit(image: ImageInput, options: KeyedOptions, patience: Patience): Promise<PredictionState> {
    const terms = { waitS: 0, endsWithBudget: false };
    return (await this.#submit(image, options, terms, patience)).state;
  }

  async get(id: string, patience: Patience): Promise<PredictionState> {
    return (await this.#look(id, 0, patience)).state;
  }

  async wait(id: string, onState: OnState, patience: Patience): Promise<Prediction> {
    return toPrediction(await this.#follow(id, undefined, onState, patience));
  }

  async cancel(id: string, patience: Patience): Promise<FinalPrediction> {
    return patience.repeat(() => this.#end(id, this.#context.requestTimeoutMs, patience));
  }

  /** Resolves when everything was said that nobody waits for. */
  async settled(): Promise<void> {
    await this.#farewells.settled();
  }

  async #submit(
    image: ImageInput,
    options: KeyedOptions,
    terms: { readonly waitS: number; readonly endsWithBudget: boolean },
    patience: Patience,
  ): Promise<Told<PredictionState>> {
    return patience.repeat(async () => {
      const isOurs = options.deadlineMs === undefined && terms.endsWithBudget && !this.#leavesDeadlineOut;
      const deadlineMs = isOurs ? budgetDeadlineMs(patience.remainingMs) : options.deadlineMs;
      const asked = { ...options, deadlineMs };
      try {
        return await this.#post(image, asked, terms.waitS, patience);
      } catch (error) {
        if (!isOurs || !isRefusedDeadline(error)) throw error;
        this.#leavesDeadlineOut = true;
        return this.#post(image, { ...asked, deadlineMs: undefined }, terms.waitS, patience);
      }
    });
  }

  async #post(
    image: ImageInput,
    options: KeyedOptions,
    waitS: number,
    patience: Patience,
  ): Promise<Told<PredictionState>> {
    const { http, uploadTimeoutMs } = this.#context;
    const body = await patience.within(buildForm(image, options));
    const connection = new AbortController();
    const told = http
      .send({
        method: 'POST',
        path: 'v1/predictions',
        headers: {
          prefer: waitS > 0 ? `respond-async, wait=${waitS}` : 'respond-async',
          'idempotency-key': options.idempotencyKey,
        },
        body,
        timeoutMs: Math.min(uploadTimeoutMs, patience.remainingMs),
        signal: connection.signal,
        takesEnded: true,
      })
      .then((by) => ({ state: readState(by.body), by }));
    const leave = (): Promise<unknown> => this.#abandon(told, connection);
    return this.#farewells.orLeave(
      orAborted(told, patience.signal),
      patience.signal,
      leave,
      () => patience.isAborted,
    );
  }

  /** Waits until it is answered. Whoever does not wait that long cancels it. */
  async #attend(first: OpenPrediction, onState: OnState, patience: Patience): Promise<Told<FinalPrediction>> {
    const leave = (): Promise<unknown> => this.#end(first.id, farewellMsMax);
    const followed = this.#follow(first.id, first, onState, patience);
    return this.#farewells.orLeave(followed, patience.signal, leave, (error) => !isLoss(error));
  }

  async #follow(
    id: string,
    known: OpenPrediction | undefined,
    onState: OnState,
    patience: Patience,
  ): Promise<Told<FinalPrediction>> {
    const { clock } = this.#context.policy;
    let shown = '';
    const show = (state: OpenPrediction): void => {
      const text = JSON.stringify(state);
      if (text !== shown) onState?.(state);
      shown = text;
    };
    if (known !== undefined) show(known);
    for (let isFirst = known === undefined; ; isFirst = false) {
      const waitS = onState === undefined ? waitSMax : isFirst ? 0 : stateWaitS;
      const askedAtMs = clock.nowMs();
      const told = await this.#look(id, waitS, patience);
      if (isFinal(told.state)) return { ...told, state: told.state };
      show(told.state);
      // Of a gateway that is about to leave, for one.
      const isEarly = clock.nowMs() - askedAtMs < Math.min(waitS * 1_000, pollMs) / 2;
      if (isEarly) await patience.rest(pollMs);
    }
  }

  async #look(id: string, waitS: number, patience: Patience): Promise<Told<PredictionState>> {
    const { http, requestTimeoutMs } = this.#context;
    return patience.repeat(async () => {
      const by = await http.send({
        method: 'GET',
        path: pathOf(id),
        predictionId: id,
        headers: waitS > 0 ? { prefer: `wait=${waitS}` } : {},
        timeoutMs: Math.min(waitS * 1_000 + requestTimeoutMs, patience.remainingMs),
        signal: patience.signal,
      });
      return { state: readState(by.body), by };
    });
  }

  async #end(id: string, timeoutMs: number, patience?: Patience): Promise<FinalPrediction> {
    const { body } = await this.#context.http.send({
      method: 'DELETE',
      path: pathOf(id),
      predictionId: id,
      timeoutMs: Math.min(timeoutMs, patience?.remainingMs ?? Infinity),
      signal: patience?.signal,
    });
    return readFinal(body);
  }

  /**
   * A connection that is closed does not cancel what has a key, and without the id nobody can. So it stays open for a moment: a
   * picture that has arrived by then has its id and is canceled, and one that has not is never accepted.
   */
  async #abandon(told: Promise<Told<PredictionState>>, connection: AbortController): Promise<void> {
    const timer = new AbortController();
    const late = this.#context.policy.clock
      .sleep(abandonedMsMax, timer.signal)
      .then(() => connection.abort())
      .catch(() => undefined);
    try {
      const { state } = await told;
      if (!isFinal(state)) await this.#end(state.id, farewellMsMax);
    } finally {
      timer.abort();
      await late;
    }
  }
}

function pathOf(id: string): string {
  return `v1/predictions/${encodeURIComponent(id)}`;
}

function toPrediction({ state, by }: Told<FinalPrediction>): Prediction {
  if (state.status === 'succeeded') return state;
  throw errorOfEnded(state, by);
}

/** The server had it and has it no more, by the death of its Redis. The same key cannot make a second one of it. */
function isLoss(error: unknown): error is ShoalError {
  return error instanceof ShoalError && ['prediction_unknown', 'upload_lost'].includes(error.code);
}

function isRefusedDeadline(error: unknown): boolean {
  return (
    error instanceof ShoalError && error.code === 'options_invalid' && error.message.startsWith('deadlineMs')
  );
}

function budgetDeadlineMs(remainingMs: number): number | undefined {
  return remainingMs > budgetDeadlineMsMax ? undefined : Math.max(deadlineMsMin, Math.ceil(remainingMs));
}
