/**
 * Everything that was seen during a run, as it was seen and in no other order than that: plain lists that the client, the
 * saboteur and the installation write, and that the account is made of afterwards. Judges nothing.
 */
import type { Result } from '../../packages/shared/src/contract/index.ts';
import type { VictimKind } from './installation.ts';
import type { PlannedRequest } from './request-plan.ts';

/** `refused` is 503, `broken` no answer or one that says nothing, `rejected` any other refusal. */
export type Outcome = 'answered' | 'accepted' | 'refused' | 'broken' | 'rejected';

/** One POST. Times are epoch milliseconds everywhere. */
export interface Attempt {
  readonly request: number;
  readonly url: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly outcome: Outcome;
  /** Status and error code, or what broke. */
  readonly said: string;
}

export interface SentRequest extends PlannedRequest {
  readonly sentAtMs: number;
}

/** The service said, or Redis knows, that it took the prediction. */
export interface Acceptance {
  readonly id: string;
  /** Which request; undefined when only Redis knows of it. */
  readonly request: number | undefined;
  readonly atMs: number;
  readonly by: '202' | 'answer' | 'claim' | 'row';
}

/** A final answer, each time that it was shown to anybody. */
export interface SeenAnswer {
  readonly id: string;
  readonly atMs: number;
  readonly by: 'wait' | 'get' | 'delete' | 'events';
  readonly result: Result;
}

export interface Disturbance {
  readonly action: 'kill' | 'pause' | 'cut' | 'death';
  readonly kind: VictimKind;
  readonly victim: string;
  readonly url?: string | undefined;
  readonly atMs: number;
  /** When a pause or a cut ended. */
  overAtMs?: number;
}

export interface History {
  readonly requests: Map<number, SentRequest>;
  readonly attempts: Attempt[];
  readonly acceptances: Acceptance[];
  readonly answers: SeenAnswer[];
  /** `404` for an id that was accepted. */
  readonly denials: { readonly id: string; readonly atMs: number }[];
  /** Redis said that it wrote an answer. */
  readonly writes: { readonly id: string; readonly atMs: number }[];
  /** A worker said that its answer is the one that stands. */
  readonly publications: { readonly id: string; readonly by: string; readonly atMs: number }[];
  /** Answers that were posted to a webhook, each time that one arrived; a receiver may refuse the first. */
  readonly deliveries: { readonly id: string; readonly atMs: number; readonly result: Result | undefined }[];
  readonly disturbances: Disturbance[];
  /** Blows that did not fall, and why. */
  readonly missed: string[];
  /** Keyed requests whose caller got no answer within its time. */
  readonly givenUp: number[];
  /** Keyless requests of which nobody can say whether they were accepted. */
  readonly uncertain: number[];
}

/** Answered predictions whose answer is to be posted as well. */
export function dueWebhooks({ acceptances, answers, requests }: History): string[] {
  const answered = new Set(answers.map(({ id }) => id));
  const due = acceptances.filter(
    ({ id, request }) =>
      answered.has(id) && request !== undefined && requests.get(request)?.hasWebhook === true,
  );
  return [...new Set(due.map(({ id }) => id))];
}

export function emptyHistory(): History {
  return {
    requests: new Map(),
    attempts: [],
    acceptances: [],
    answers: [],
    denials: [],
    writes: [],
    publications: [],
    deliveries: [],
    disturbances: [],
    missed: [],
    givenUp: [],
    uncertain: [],
  };
}
