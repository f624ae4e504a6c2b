/** What a run comes to, as a table for people and as data for programs, and whether it is good. Counts; measures nothing. */
import type { Account, Fault } from './account.ts';
import { dueWebhooks, type History, type Outcome, type SentRequest } from './history.ts';
import { quantile, recoveriesOf, type Recovery } from './recovery.ts';

export interface Report {
  readonly seed: number;
  readonly seconds: number;
  readonly model: string;
  readonly requests: {
    readonly sent: number;
    readonly bySort: Readonly<Record<string, number>>;
    /** Asked more than once with the same Idempotency-Key. */
    readonly repeated: number;
    readonly posts: number;
    readonly byOutcome: Readonly<Record<Outcome, number>>;
    readonly refusals: Readonly<Record<string, number>>;
    readonly rejections: Readonly<Record<string, number>>;
    readonly breaks: Readonly<Record<string, number>>;
    readonly givenUp: number;
    readonly uncertain: number;
  };
  readonly account: Account;
  /** From the first post of a request to its answer, as far as it was seen, for pictures that are not deadly. */
  readonly answerMs: Spread;
  readonly poisonMs: Spread;
  readonly webhooks: { readonly due: number; readonly arrivals: number };
  readonly recoveries: readonly Recovery[];
  readonly missedBlows: readonly string[];
  /** Still in the ledger when all was over. */
  readonly leftOpen: number;
  readonly evidence: { readonly looks: number; readonly writes: number; readonly publications: number };
  readonly problems: readonly string[];
  readonly isGood: boolean;
}

type Spread = Readonly<Record<'median' | 'p99' | 'max', number | undefined>>;

export interface RunFacts {
  readonly seed: number;
  readonly seconds: number;
  readonly model: string;
  readonly leftOpen: number;
}

export function reportOf(history: History, account: Account, facts: RunFacts): Report {
  const { attempts } = history;
  const of = (outcome: Outcome) => attempts.filter((attempt) => attempt.outcome === outcome);
  const problems = problemsOf(history, account, facts);
  return {
    seed: facts.seed,
    seconds: facts.seconds,
    model: facts.model,
    requests: {
      sent: history.requests.size,
      bySort: countBy([...history.requests.values()], ({ sort }) => sort),
      repeated: [...Map.groupBy(attempts, ({ request }) => request).values()].filter(
        ({ length }) => length > 1,
      ).length,
      posts: attempts.length,
      byOutcome: {
        answered: of('answered').length,
        accepted: of('accepted').length,
        refused: of('refused').length,
        broken: of('broken').length,
        rejected: of('rejected').length,
      },
      refusals: countBy(of('refused'), ({ said }) => said),
      rejections: countBy(of('rejected'), ({ said }) => said),
      breaks: countBy(of('broken'), ({ said }) => said),
      givenUp: history.givenUp.length,
      uncertain: history.uncertain.length,
    },
    account,
    answerMs: answerTimes(history, ({ sort }) => sort !== 'poison'),
    poisonMs: answerTimes(history, ({ sort }) => sort === 'poison'),
    webhooks: { due: dueWebhooks(history).length, arrivals: history.deliveries.length },
    recoveries: recoveriesOf(history),
    missedBlows: history.missed,
    leftOpen: facts.leftOpen,
    evidence: {
      looks: history.answers.length,
      writes: history.writes.length,
      publications: history.publications.length,
    },
    problems,
    isGood: problems.length === 0,
  };
}

/** All that keeps a run from being good, in sentences. */
function problemsOf(
  history: History,
  { accepted, lost, twice, wrong, undelivered }: Account,
  facts: RunFacts,
): string[] {
  const problems: string[] = [];
  const say = (word: string, list: readonly Fault[]): void => {
    if (list.length > 0) problems.push(`${list.length} ${word}`);
  };
  say('lost', lost);
  say('answered twice', twice);
  say('wrong', wrong);
  say('with a webhook that did not come', undelivered);
  const rejected = history.attempts.filter(({ outcome }) => outcome === 'rejected').length;
  if (rejected > 0) problems.push(`${rejected} refused for what was not their fault`);
  if (facts.leftOpen > 0) problems.push(`${facts.leftOpen} left in the ledger`);
  // A run in which nothing happened proves nothing.
  if (accepted === 0) problems.push('nothing was accepted');
  if (history.disturbances.length === 0) problems.push('nobody was disturbed');
  return problems;
}

function answerTimes(history: History, isMeant: (request: SentRequest) => boolean): Spread {
  const requestOf = new Map(history.acceptances.map(({ id, request }) => [id, request]));
  const firstMs = new Map<string, number>();
  for (const { id, atMs } of [...history.writes, ...history.publications, ...history.answers])
    firstMs.set(id, Math.min(atMs, firstMs.get(id) ?? atMs));
  const timesMs = [...firstMs]
    .flatMap(([id, atMs]) => {
      const request = history.requests.get(requestOf.get(id) ?? -1);
      return request === undefined || !isMeant(request) ? [] : [atMs - request.sentAtMs];
    })
    .sort((a, b) => a - b);
  return { median: quantile(timesMs, 0.5), p99: quantile(timesMs, 0.99), max: timesMs.at(-1) };
}

function countBy<T>(list: readonly T[], keyOf: (one: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const one of list) counts[keyOf(one)] = (counts[keyOf(one)] ?? 0) + 1;
  return counts;
}

const faultsShown = 20;

export function tableOf(report: Report): string {
  const { requests, account, recoveries, answerMs, poisonMs } = report;
  return [
    `\nchaos: ${report.seconds} s, seed ${report.seed}, ${report.model}`,
    row('requests', `${requests.sent} (${listOf(requests.bySort)})`),
    row('posts', `${requests.posts} (${listOf(requests.byOutcome)})`),
    row('asked again', requests.repeated),
    ...(requests.byOutcome.refused > 0 ? [row('refused', listOf(requests.refusals))] : []),
    ...(requests.byOutcome.broken > 0 ? [row('broken', listOf(requests.breaks))] : []),
    ...(requests.byOutcome.rejected > 0 ? [row('rejected', listOf(requests.rejections))] : []),
    row('time of a caller was over', requests.givenUp),
    row('keyless, not known', requests.uncertain),
    '',
    row('accepted', account.accepted),
    row('answered once', account.answeredOnce),
    row('answered twice', account.twice.length),
    row('lost', account.lost.length),
    row('wrong', account.wrong.length),
    ...(report.webhooks.due > 0
      ? [
          row('webhooks', `${report.webhooks.due} due, ${report.webhooks.arrivals} arrivals`),
          row('not delivered', account.undelivered.length),
        ]
      : []),
    row('left in the ledger', report.leftOpen),
    row('endings', listOf(account.endings)),
    row(
      'to the answer',
      `median ${seconds(answerMs.median)}, 99 % ${seconds(answerMs.p99)}, max ${seconds(answerMs.max)}`,
    ),
    ...(poisonMs.max === undefined
      ? []
      : [row('to the end of a poison', `median ${seconds(poisonMs.median)}, max ${seconds(poisonMs.max)}`)]),
    row(
      'seen',
      `${report.evidence.looks} answers shown, ${report.evidence.writes} written, ${report.evidence.publications} logged`,
    ),
    '',
    '  until it served again     times    median       max',
    ...recoveries.map(
      ({ blow, count, medianMs, maxMs, unseen }) =>
        `  ${blow.padEnd(26)}${String(count).padStart(5)}${seconds(medianMs).padStart(10)}${seconds(maxMs).padStart(10)}` +
        (unseen > 0 ? `   (${unseen} not before the next blow or the end)` : ''),
    ),
    ...report.missedBlows.map((missed) => `  missed: ${missed}`),
    '',
    ...faults('LOST', account.lost),
    ...faults('TWICE', account.twice),
    ...faults('WRONG', account.wrong),
    ...faults('WEBHOOK', account.undelivered),
    report.isGood ? 'nothing lost, nothing twice, nothing wrong' : `NOT GOOD: ${report.problems.join(', ')}`,
  ].join('\n');
}

function row(name: string, value: string | number): string {
  return `  ${name.padEnd(26)}${value}`;
}

function faults(word: string, list: readonly Fault[]): string[] {
  return list
    .slice(0, faultsShown)
    .map(({ id, request, reason }) => `  ${word}: ${id} (request ${request ?? 'unknown'}): ${reason}`);
}

function listOf(counts: Readonly<Record<string, number>>): string {
  return (
    Object.entries(counts)
      .filter(([, count]) => count > 0)
      .sort(([, a], [, b]) => b - a)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ') || 'none'
  );
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? '–' : `${(ms / 1_000).toFixed(2)} s`;
}
