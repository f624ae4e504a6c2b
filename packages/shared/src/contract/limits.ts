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

/** Deaths of a job while nothing else was in flight, after which it is given up. */
export const deathsAloneMax = 3;
/** Runs of a job that end in an orderly failure before it is answered with `model_failed`. */
export const jobAttemptsMax = 4;
/** Doubled from one to the next. */
export const jobRetryDelayMs = 400;

/** BullMQ keeps this many failed jobs for an operator, and this many events. */
export const failedJobsKept = 1_000;
export const queueEventsKept = 100;
