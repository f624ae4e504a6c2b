/**
 * Judges whether a worker still takes and ends jobs, from what is seen of it again and again. It counts looks and not the
 * time, because a process that was paused has done nothing either and is well. It knows neither queue nor clock.
 */

/** One class of urgency. */
export interface QueueSight {
  /** Jobs that were ever taken out of it. */
  readonly takenCount: number;
  /** Jobs taken and not ended. */
  readonly inFlight: number;
  /** Jobs that nobody has taken. */
  readonly waiting: number;
}

export interface ConsumerSight {
  readonly isRunning: boolean;
  readonly queues: readonly QueueSight[];
}

export interface Verdict {
  /** For a log, and for whoever asks for the worker's health. */
  readonly reason: string;
  /** What is in flight may still end in order. */
  readonly mayFinish: boolean;
}

export interface ConsumerJudgeOptions {
  /** Looks in a row at jobs that wait while nothing of their class is in flight or taken. */
  readonly idleLooksMax: number;
  /** Looks in a row at jobs in flight none of which ends, and none is taken. Above what one batch may take. */
  readonly heldLooksMax: number;
}

export class ConsumerJudge {
  readonly #options: ConsumerJudgeOptions;
  #last: ConsumerSight | undefined;
  #idleLooks: number[] = [];
  #heldLooks = 0;
  #endedLooks = 0;

  constructor(options: ConsumerJudgeOptions) {
    this.#options = options;
  }

  /** The verdict, once there is one. */
  look(sight: ConsumerSight): Verdict | undefined {
    const last = this.#last;
    this.#last = sight;
    // One look may fall between the end of a loop and its next beginning.
    this.#endedLooks = sight.isRunning ? 0 : this.#endedLooks + 1;
    if (this.#endedLooks > 1) {
      return { reason: 'the loop that takes jobs has ended', mayFinish: true };
    }
    this.#idleLooks = sight.queues.map((queue, index) =>
      isIdle(queue, last?.queues[index]) ? (this.#idleLooks[index] ?? 0) + 1 : 0,
    );
    if (this.#idleLooks.some((looks) => looks >= this.#options.idleLooksMax)) {
      return { reason: 'jobs wait, slots are free, and none is taken', mayFinish: true };
    }
    this.#heldLooks = isHeld(sight, last) ? this.#heldLooks + 1 : 0;
    if (this.#heldLooks >= this.#options.heldLooksMax) {
      return { reason: 'none of the jobs in flight comes to an end', mayFinish: false };
    }
    return undefined;
  }

  /** What was seen so far is no longer the worker's own doing: Redis was away. */
  forget(): void {
    // Everything is counted from one look to the next.
    this.#last = undefined;
    this.#endedLooks = 0;
  }
}

/** Every class has a slot of its own, so one with nothing in flight could take a job. */
function isIdle(queue: QueueSight, last: QueueSight | undefined): boolean {
  return last?.takenCount === queue.takenCount && queue.inFlight === 0 && queue.waiting > 0;
}

function isHeld({ queues }: ConsumerSight, last: ConsumerSight | undefined): boolean {
  if (!queues.some(({ inFlight }) => inFlight > 0)) return false;
  return queues.every(({ takenCount, inFlight }, index) => {
    const before = last?.queues[index];
    return before?.takenCount === takenCount && before.inFlight === inFlight;
  });
}
