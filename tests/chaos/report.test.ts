/** What a report says of a run, and when it is content. */
import { expect, test } from 'vitest';
import { testResult } from '../support/exchange.ts';
import type { Account } from './account.ts';
import { emptyHistory, type Attempt, type History } from './history.ts';
import { reportOf, tableOf } from './report.ts';

const id = '00000000-0000-7000-8000-000000000001';
const clean: Account = {
  accepted: 1,
  answeredOnce: 1,
  lost: [],
  twice: [],
  wrong: [],
  undelivered: [],
  endings: { succeeded: 1 },
};
const facts = { seed: 1, seconds: 60, model: 'scripted', leftOpen: 0 };
const attempt: Attempt = {
  request: 0,
  url: 'http://one',
  startedAtMs: 1_000,
  endedAtMs: 4_000,
  outcome: 'answered',
  said: '200',
};

function history(): History {
  const told = emptyHistory();
  told.requests.set(0, {
    index: 0,
    atMs: 0,
    sort: 'waits',
    priority: 'normal',
    pauseMs: 0,
    hasKey: true,
    isSlow: false,
    hasWebhook: false,
    sentAtMs: 1_000,
  });
  told.attempts.push({ ...attempt, outcome: 'refused', said: '503 redis_unavailable' }, attempt);
  told.acceptances.push({ id, request: 0, atMs: 4_000, by: 'answer' });
  told.answers.push({ id, by: 'wait', atMs: 4_000, result: testResult(id) });
  told.writes.push({ id, atMs: 3_500 });
  told.disturbances.push({ action: 'kill', kind: 'redis', victim: 'redis', atMs: 500 });
  return told;
}

test('a run in which all went well is good, and its table says so', () => {
  const report = reportOf(history(), clean, facts);
  expect(report).toMatchObject({
    isGood: true,
    problems: [],
    requests: { sent: 1, posts: 2, repeated: 1, refusals: { '503 redis_unavailable': 1 } },
    // The answer stood before the caller saw it.
    answerMs: { median: 2_500, max: 2_500 },
    recoveries: [{ blow: 'redis killed', medianMs: 3_500 }],
  });
  expect(tableOf(report)).toContain('nothing lost, nothing twice, nothing wrong');
});

const fault = { id, request: 0, reason: 'because' };

test.each([
  ['1 lost', { lost: [fault] }],
  ['1 answered twice', { twice: [fault] }],
  ['1 wrong', { wrong: [fault] }],
  ['1 with a webhook that did not come', { undelivered: [fault] }],
  ['nothing was accepted', { accepted: 0 }],
] as const)('it is not good: %s', (problem, fields) => {
  const report = reportOf(history(), { ...clean, ...fields }, facts);
  expect(report).toMatchObject({ isGood: false, problems: [problem] });
  expect(tableOf(report)).toContain(`NOT GOOD: ${problem}`);
});

test('nor when something is left in the ledger, when callers were refused for nothing, or when nothing happened', () => {
  expect(reportOf(history(), clean, { ...facts, leftOpen: 2 }).problems).toEqual(['2 left in the ledger']);
  const rejected = history();
  rejected.attempts.push({ ...attempt, outcome: 'rejected', said: '422 idempotency_key_reused' });
  expect(reportOf(rejected, clean, facts).problems).toEqual(['1 refused for what was not their fault']);
  const calm = history();
  calm.disturbances.length = 0;
  expect(reportOf(calm, clean, facts).problems).toEqual(['nobody was disturbed']);
});
