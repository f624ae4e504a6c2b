/**
 * The account: of every prediction that was accepted, whether it got exactly one answer, and its own. Made of the history
 * alone, after the fact; a doubt counts against the service.
 *
 * - lost: accepted, and no answer in the end; or an answer that says the picture is gone; or 404 for what was accepted.
 * - twice: two answers that differ, an answer written a second time, two workers whose answer was the first, or two
 *   predictions that both succeeded for one Idempotency-Key.
 * - wrong: the answer of another picture, a healthy picture that failed or was canceled or expired before its time, a deadly one
 *   that succeeded.
 * - undelivered: answered, and its webhook never came, or came with something else than the answer.
 */
import type { Result } from '../../packages/shared/src/contract/index.ts';
import type { History, SeenAnswer, SentRequest } from './history.ts';

export interface Fault {
  readonly id: string;
  readonly request: number | undefined;
  readonly reason: string;
}

export interface Account {
  readonly accepted: number;
  readonly answeredOnce: number;
  readonly lost: readonly Fault[];
  readonly twice: readonly Fault[];
  readonly wrong: readonly Fault[];
  readonly undelivered: readonly Fault[];
  /** How the answers ended: `succeeded`, `failed model_failed`, … */
  readonly endings: Readonly<Record<string, number>>;
}

export interface Judgement {
  /** Why an answer cannot be this request's, or undefined when it can. */
  readonly mismatch: (request: SentRequest, result: Result) => string | undefined;
  /** Until when a prediction lives of which nothing was said. */
  readonly deadlineMsOf: (request: SentRequest) => number;
}

/** Clocks are read before and after. */
const clockMarginMs = 100;

export function accountOf(history: History, judgement: Judgement): Account {
  const requestOf = new Map<string, number | undefined>();
  for (const { id, request } of history.acceptances) requestOf.set(id, request ?? requestOf.get(id));
  const answersOf = Map.groupBy(history.answers, ({ id }) => id);
  const deliveriesOf = Map.groupBy(history.deliveries, ({ id }) => id);
  const denied = new Set(history.denials.map(({ id }) => id));
  const counts = { writes: countBy(history.writes), publications: countBy(history.publications) };

  const [lost, twice, wrong, undelivered]: [Fault[], Fault[], Fault[], Fault[]] = [[], [], [], []];
  const endings: Record<string, number> = {};
  const succeededOf = new Map<number, string[]>();
  let answeredOnce = 0;
  for (const [id, index] of requestOf) {
    const answers = answersOf.get(id) ?? [];
    const request = index === undefined ? undefined : history.requests.get(index);
    const fault = (reason: string): Fault => ({ id, request: index, reason });
    const why = {
      lost: whyLost(answers, denied.has(id)),
      twice: whyTwice(answers, counts.writes.get(id) ?? 0, counts.publications.get(id) ?? 0),
      wrong: request && whyWrong(request, answers, judgement),
    };
    if (why.lost !== undefined) lost.push(fault(why.lost));
    if (why.twice !== undefined) twice.push(fault(why.twice));
    if (why.wrong !== undefined) wrong.push(fault(why.wrong));
    if (why.lost === undefined && why.twice === undefined) answeredOnce += 1;
    const result = answers[0]?.result;
    if (result === undefined) continue;
    if (request?.hasWebhook === true) {
      const reason = whyUndelivered(result, deliveriesOf.get(id) ?? []);
      if (reason !== undefined) undelivered.push(fault(reason));
    }
    const ending = endingOf(result);
    endings[ending] = (endings[ending] ?? 0) + 1;
    if (request?.hasKey === true && result.status === 'succeeded')
      succeededOf.set(request.index, [...(succeededOf.get(request.index) ?? []), id]);
  }
  for (const [index, ids] of succeededOf) {
    if (ids.length > 1)
      twice.push({ id: ids[1]!, request: index, reason: `${ids[0]} succeeded for the same key` });
  }
  return { accepted: requestOf.size, answeredOnce, lost, twice, wrong, undelivered, endings };
}

function whyLost(answers: readonly SeenAnswer[], isDenied: boolean): string | undefined {
  if (answers.length === 0) return 'no answer in the end';
  const gone = answers.find(({ result }) => codeOf(result) === 'upload_lost');
  if (gone) return 'the answer says that its picture is gone';
  return isDenied ? 'a gateway said that there is no such prediction' : undefined;
}

function whyTwice(answers: readonly SeenAnswer[], writes: number, publications: number): string | undefined {
  const [first, ...others] = answers;
  const differing = others.find(({ result }) => textOf(result) !== textOf(first!.result));
  if (differing) {
    return `${first!.by} said ${endingOf(first!.result)}, ${differing.by} said ${endingOf(differing.result)}, and they differ`;
  }
  if (writes > 1) return `its answer was written ${writes} times`;
  return publications > 1 ? `${publications} workers say that theirs is the answer` : undefined;
}

function whyWrong(
  request: SentRequest,
  answers: readonly SeenAnswer[],
  { mismatch, deadlineMsOf }: Judgement,
): string | undefined {
  for (const { result, atMs } of answers) {
    if (result.status === 'succeeded' && request.sort === 'poison') return 'a deadly picture succeeded';
    const code = codeOf(result);
    if (result.status === 'failed' && code !== 'upload_lost') {
      const isPoisoned = request.sort === 'poison' && code === 'model_failed';
      if (!isPoisoned) return `a healthy picture was answered ${code}: ${messageOf(result)}`;
    }
    if (result.status === 'canceled' && request.sort !== 'cancels')
      return `nobody canceled it: ${messageOf(result)}`;
    if (result.status === 'expired' && atMs < request.sentAtMs + deadlineMsOf(request) - clockMarginMs)
      return 'it expired before its deadline';
    const reason = mismatch(request, result);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function whyUndelivered(result: Result, deliveries: History['deliveries']): string | undefined {
  if (deliveries.length === 0) return 'its webhook never came';
  const isOther = deliveries.some(
    (delivery) => delivery.result === undefined || textOf(delivery.result) !== textOf(result),
  );
  return isOther ? 'its webhook came with something else than the answer' : undefined;
}

function codeOf(result: Result): string | undefined {
  return result.status === 'succeeded' ? undefined : result.error.code;
}

function messageOf(result: Result): string {
  return result.status === 'succeeded' ? '' : result.error.message;
}

function endingOf(result: Result): string {
  return result.status === 'failed' ? `failed ${result.error.code}` : result.status;
}

/** The same text for the same answer, whoever put its fields in order. */
function textOf(result: Result): string {
  return JSON.stringify(result, (_key, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

function countBy(seen: readonly { readonly id: string }[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { id } of seen) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}
