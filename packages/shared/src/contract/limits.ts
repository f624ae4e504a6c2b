/**
 * Limits and intervals that are part of the exchange itself: gateway and worker would be wrong to disagree about
 * them, and nobody has a reason to set them. What an operator may set is in `variables.ts`.
 */

/** A worker's lock on a job; a killed worker's jobs are back after this and one stalled-check. */
export const jobLockMs = 5_000;
export const stalledCheckMs = 2_500;

/** An announcement that is not renewed within this is a worker that is gone. */
export const announcementTtlMs = 6_000;
export const announcementIntervalMs = 2_000;
/** A worker that failed to load says so once and exits: its reason stays readable for this long. */
export const failedAnnouncementTtlMs = 60_000;

/** A gateway that has not renewed its address within this is gone. */
export const gatewayAnnouncementTtlMs = 5_000;
export const gatewayAnnouncementIntervalMs = 1_000;
/** Within this the front door has noticed that a gateway leaves: its poll, its health check, and the time between. */
export const frontDoorNoticeMs = 3_000;

/** What a service needs beyond its time to drain until the process is gone. */
export const closingMarginMs = 2_000;

/** Model records outlive their workers. */
export const modelRecordTtlMs = 30 * 24 * 3_600_000;

/** What an upload may outlive its deadline by, so that a redelivered job still finds its bytes. */
export const redeliveryMarginMs = 60_000;

/** The answer of a prediction that only its caller waits for: long enough for a lost wake-up and a redelivered job. */
export const waitedResultTtlMs = 60_000;
/** An answer with a webhook outlives all attempts to deliver it. */
export const webhookResultTtlMs = 3_600_000;
/** An Idempotency-Key stands for the same prediction, and its answer is kept, for this long, unless `keepMs` says otherwise. */
export const idempotencyTtlMs = 24 * 3_600_000;
/** The ledger outlives its last deadline by this, so that what expired while everything was down still gets its answer. */
export const ledgerKeptMs = 24 * 3_600_000;

/** Shares of a busy worker that the classes of urgency have when all of them wait. */
export const priorityWeights = { high: 8, normal: 4, low: 1 } as const;

/** Deaths of a job while nothing else was in flight, after which it is given up. */
export const deathsAloneMax = 3;
/** Pictures in quarantine; the oldest go first. */
export const quarantinedMax = 1_000;
/** The quarantine takes at most this part of Redis' memory, whatever is set: it must not crowd out those who wait. */
export const quarantineShareMax = 1 / 8;
/** Runs of a job that end in an orderly failure before it is answered with `model_failed`. */
export const jobAttemptsMax = 4;
/** Doubled from one to the next. */
export const jobRetryDelayMs = 400;

/** How often a gateway looks for predictions whose deadline passed unanswered. */
export const overdueSweepMs = 1_000;
/** How often one gateway looks for accepted predictions that no queue knows. */
export const orphanSweepMs = 10_000;
/** A prediction may be this old before one that no queue knows is an orphan. */
export const orphanAgeMs = 5_000;
/** How often one gateway recounts the ledger. */
export const recountMs = 60_000;

/** Pictures come in only while less than this part of Redis' memory is used: the rest is for answers. */
export const memoryShareMax = 0.75;

/** How often a process shows itself that its event loop turns. */
export const loopBeatMs = 1_000;
/**
 * An event loop that has not turned for this long will not turn again: far above a collection of garbage or the largest
 * body, and below the deadline of those who wait. Measured in ticks of a clock that stands still with the process.
 */
export const loopSilenceMsMax = 10_000;
/** How often a worker looks whether its queues move. */
export const consumerLookMs = 2_000;
/** A worker with free slots that takes nothing for this long, while jobs wait, will not take them any more. */
export const takeSilenceMsMax = 12_000;

/** BullMQ keeps this many failed jobs for an operator, and this many events. */
export const failedJobsKept = 1_000;
export const queueEventsKept = 100;

/** A receiver of webhooks has said that it has one within this, or the attempt failed. */
export const webhookTimeoutMs = 10_000;
/** Attempts and the pause after the first, doubled from one to the next: 8 pauses, half an hour in all. */
export const webhookAttemptsMax = 9;
export const webhookRetryDelayMs = 7_000;
/** Deliveries that one gateway has under way at once. */
export const webhookConcurrency = 16;
export const webhookUrlLengthMax = 2_048;

/** Redirects that are followed on the way to a picture; for webhooks none is. */
export const imageRedirectsMax = 3;
