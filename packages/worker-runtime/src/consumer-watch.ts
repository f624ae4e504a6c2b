/**
 * Looks at a worker's consumer once in a while, and says when it is stuck; what follows from that is its owner's business.
 * What is Redis' fault is not the worker's: while Redis is away, silent or refuses to be written to, nothing is judged.
 */
import { consumerLookMs, takeSilenceMsMax } from '@shoal/shared/contract';
import type { Redis } from '@shoal/shared/redis';
import type { Logger } from '@shoal/shared/service';
import { ConsumerJudge, type QueueSight, type Verdict } from './consumer-judge.ts';

export interface WatchedConsumer {
  /** False when it was told to stop, and when a loop has ended by itself. */
  readonly isTakingJobs: boolean;
  look(): Promise<readonly QueueSight[]>;
  /** Rejects when Redis does not let anybody take a job. */
  tryRedis(): Promise<void>;
}

export interface ConsumerWatchOptions {
  readonly consumer: WatchedConsumer;
  readonly redis: Pick<Redis, 'status'>;
  readonly inferenceTimeoutMs: number;
  /** Nothing can be computed just now, and somebody else watches over that. */
  readonly isHeldUp: () => boolean;
  /** Called once. */
  readonly onStuck: (verdict: Verdict) => void;
  readonly log: Logger;
  readonly tickMs?: number;
}

export class ConsumerWatch {
  readonly #options: ConsumerWatchOptions;
  readonly #judge: ConsumerJudge;
  readonly #timer: NodeJS.Timeout;
  #isLooking = false;
  #isOver = false;
  #isRedisSilent = false;
  #verdict: Verdict | undefined;

  constructor(options: ConsumerWatchOptions) {
    const { inferenceTimeoutMs, tickMs = consumerLookMs } = options;
    this.#options = options;
    this.#judge = new ConsumerJudge({
      idleLooksMax: Math.ceil(takeSilenceMsMax / consumerLookMs),
      // The batch that is computed and the one that waits for it, and what is fetched and decoded before.
      heldLooksMax: Math.ceil((2 * inferenceTimeoutMs + takeSilenceMsMax) / consumerLookMs),
    });
    this.#timer = setInterval(() => void this.#tick(), tickMs);
    this.#timer.unref();
  }

  /** Before the consumer is told to stop. */
  stop(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
  }

  /** In words; undefined while all is well. */
  get stuckBecause(): string | undefined {
    return this.#verdict?.reason;
  }

  /** What was asked of it at one look is unanswered at the next. */
  get isRedisSilent(): boolean {
    return this.#isRedisSilent;
  }

  async #tick(): Promise<void> {
    const { redis, isHeldUp, log } = this.#options;
    if (this.#isLooking) {
      this.#isRedisSilent = true;
      this.#judge.forget();
      return;
    }
    if (redis.status !== 'ready' || isHeldUp()) return this.#judge.forget();
    this.#isLooking = true;
    try {
      await this.#look();
    } catch (error) {
      log.warn({ err: error }, 'Redis does not say how many jobs wait');
      this.#judge.forget();
    } finally {
      this.#isLooking = false;
      this.#isRedisSilent = false;
    }
  }

  async #look(): Promise<void> {
    const { consumer, onStuck, log } = this.#options;
    const queues = await consumer.look();
    const verdict = this.#judge.look({ isRunning: consumer.isTakingJobs, queues });
    if (verdict === undefined) return;
    try {
      await consumer.tryRedis();
    } catch (error) {
      log.warn({ err: error }, 'no job is taken or ended, and it is Redis that refuses');
      this.#judge.forget();
      return;
    }
    if (this.#isOver) return;
    this.stop();
    this.#verdict = verdict;
    onStuck(verdict);
  }
}
