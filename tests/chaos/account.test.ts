/** The account of histories that were made up: each fault must be found, and nothing else. */
import { describe, expect, test } from 'vitest';
import {
  canceledResult,
  expiredResult,
  failedResult,
  type Result,
} from '../../packages/shared/src/contract/index.ts';
import { testResult } from '../support/exchange.ts';
import { accountOf, type Account, type Judgement } from './account.ts';
import { emptyHistory, type History, type SeenAnswer, type SentRequest } from './history.ts';
import { mismatchOf, numberedPicture } from './numbered-picture.ts';
import type { Sort } from './request-plan.ts';

const seed = 3;
const sentAtMs = 1_000_000;
const id = '00000000-0000-7000-8000-000000000001';
const otherId = '00000000-0000-7000-8000-000000000002';

const judgement: Judgement = {
  mismatch: ({ index }, result) => mismatchOf(numberedPicture(seed, index), result),
  deadlineMsOf: () => 25_000,
};

/** The answer that the picture of request `index` deserves. */
function answerTo(index: number, resultId = id): Result {
  const { width, height, label, boxXyxy } = numberedPicture(seed, index);
  const [x1, y1, x2, y2] = boxXyxy;
  return testResult(resultId, {
    image: { width, height },
    detections: [{ label, classId: 0, score: 0.9, box: { x1, y1, x2, y2 } }],
  });
}

interface Story {
  readonly sort?: Sort;
  readonly seen?: readonly (readonly [by: SeenAnswer['by'], result: Result])[];
}

/** One request that was accepted as `id`, and the answers that were shown of it. */
function historyOf({ sort = 'waits', seen = [['wait', answerTo(0)]] }: Story = {}): History {
  const history = emptyHistory();
  const request: SentRequest = {
    index: 0,
    atMs: 0,
    sort,
    priority: 'normal',
    pauseMs: 0,
    hasKey: true,
    isSlow: false,
    hasWebhook: false,
    sentAtMs,
  };
  history.requests.set(0, request);
  history.acceptances.push({ id, request: 0, atMs: sentAtMs + 10, by: '202' });
  for (const [step, [by, result]] of seen.entries())
    history.answers.push({ id, by, result, atMs: sentAtMs + 100 + step });
  return history;
}

const account = (history: History): Account => accountOf(history, judgement);
const reasons = ({ lost, twice, wrong }: Account) => ({
  lost: lost.map(({ reason }) => reason),
  twice: twice.map(({ reason }) => reason),
  wrong: wrong.map(({ reason }) => reason),
});

test('an answer that was shown three times and stayed the same is one answer', () => {
  const answer = answerTo(0);
  // The same fields in another order are the same answer.
  const reordered = Object.fromEntries(Object.entries(answer).toReversed()) as unknown as Result;
  const history = historyOf({
    seen: [
      ['wait', answer],
      ['get', reordered],
      ['get', answer],
    ],
  });
  history.writes.push({ id, atMs: sentAtMs + 90 });
  history.publications.push({ id, by: 'worker 1', atMs: sentAtMs + 91 });
  expect(account(history)).toEqual({
    accepted: 1,
    answeredOnce: 1,
    lost: [],
    twice: [],
    wrong: [],
    undelivered: [],
    endings: { succeeded: 1 },
  });
});

describe('lost', () => {
  test('accepted, and never answered', () => {
    const found = account(historyOf({ seen: [] }));
    expect(found).toMatchObject({ accepted: 1, answeredOnce: 0 });
    expect(reasons(found)).toEqual({ lost: ['no answer in the end'], twice: [], wrong: [] });
  });

  test('known to Redis alone, and never answered', () => {
    const history = emptyHistory();
    history.acceptances.push({ id, request: undefined, atMs: sentAtMs, by: 'claim' });
    expect(account(history).lost).toEqual([{ id, request: undefined, reason: 'no answer in the end' }]);
  });

  test('answered that its picture is gone', () => {
    const gone = failedResult(id, 'upload_lost', 'the bytes are gone');
    expect(reasons(account(historyOf({ seen: [['get', gone]] }))).lost).toEqual([
      'the answer says that its picture is gone',
    ]);
  });

  test('denied by a gateway, though it was accepted', () => {
    const history = historyOf();
    history.denials.push({ id, atMs: sentAtMs + 50 });
    expect(reasons(account(history)).lost).toEqual(['a gateway said that there is no such prediction']);
  });
});

describe('twice', () => {
  test('two answers that differ, the second found long after the first', () => {
    const second = { ...answerTo(0), device: 'cuda:0' } as Result;
    const history = historyOf({
      seen: [
        ['wait', answerTo(0)],
        ['get', answerTo(0)],
        ['get', second],
      ],
    });
    expect(reasons(account(history)).twice).toEqual([
      'wait said succeeded, get said succeeded, and they differ',
    ]);
    expect(account(history).answeredOnce).toBe(0);
  });

  test('canceled, and then there is an answer after all', () => {
    const history = historyOf({
      sort: 'cancels',
      seen: [
        ['delete', canceledResult(id, 'canceled')],
        ['get', answerTo(0)],
      ],
    });
    expect(reasons(account(history)).twice).toEqual([
      'delete said canceled, get said succeeded, and they differ',
    ]);
  });

  test('written two times, even if nobody saw a difference', () => {
    const history = historyOf();
    history.writes.push({ id, atMs: sentAtMs }, { id, atMs: sentAtMs + 1 });
    expect(reasons(account(history)).twice).toEqual(['its answer was written 2 times']);
  });

  test('two workers, each of which believes that it was the first', () => {
    const history = historyOf();
    for (const by of ['worker 1', 'worker 2']) history.publications.push({ id, by, atMs: sentAtMs });
    expect(reasons(account(history)).twice).toEqual(['2 workers say that theirs is the answer']);
  });

  test('two predictions that both succeeded for one key', () => {
    const history = historyOf();
    history.acceptances.push({ id: otherId, request: 0, atMs: sentAtMs, by: '202' });
    history.answers.push({ id: otherId, by: 'get', result: answerTo(0, otherId), atMs: sentAtMs + 200 });
    expect(account(history)).toMatchObject({
      accepted: 2,
      twice: [{ id: otherId, request: 0, reason: `${id} succeeded for the same key` }],
    });
  });

  test('but not when the first of them ended without success, which sets the key free', () => {
    const history = historyOf({ seen: [['get', expiredResult(id)]] });
    history.answers.splice(0, 1, { ...history.answers[0]!, atMs: sentAtMs + 25_000 });
    history.acceptances.push({ id: otherId, request: 0, atMs: sentAtMs, by: '202' });
    history.answers.push({ id: otherId, by: 'get', result: answerTo(0, otherId), atMs: sentAtMs + 200 });
    expect(reasons(account(history))).toEqual({ lost: [], twice: [], wrong: [] });
  });
});

describe('wrong', () => {
  test.each([1, 127, 128])('the answer of picture %i for picture 0', (index) => {
    const [reason] = reasons(account(historyOf({ seen: [['wait', answerTo(index)]] }))).wrong;
    expect(reason).toContain('got the answer of one of');
  });

  test('the size of the own picture, with the detections of another', () => {
    const { detections } = answerTo(1) as { detections: unknown };
    const mixed = { ...answerTo(0), detections } as Result;
    expect(reasons(account(historyOf({ seen: [['wait', mixed]] }))).wrong[0]).toMatch(
      /^a \w+ at .* got the answer/,
    );
  });

  test.each([
    ['waits', failedResult(id, 'model_failed', 'no'), 'a healthy picture was answered model_failed: no'],
    ['waits', canceledResult(id, 'no'), 'nobody canceled it: no'],
    ['waits', expiredResult(id), 'it expired before its deadline'],
    ['poison', answerTo(0), 'a deadly picture succeeded'],
    ['poison', failedResult(id, 'internal', 'no'), 'a healthy picture was answered internal: no'],
  ] as const)('%s: %o', (sort, result, reason) => {
    expect(reasons(account(historyOf({ sort, seen: [['get', result]] }))).wrong).toEqual([reason]);
  });

  test.each([
    ['poison', failedResult(id, 'model_failed', 'it ended every worker')],
    ['cancels', canceledResult(id, 'the caller canceled')],
    ['cancels', answerTo(0)],
  ] as const)('not so: %s: %o', (sort, result) => {
    expect(reasons(account(historyOf({ sort, seen: [['get', result]] }))).wrong).toEqual([]);
  });
});

const withWebhook = (deliveries: History['deliveries']): Account => {
  const history = historyOf();
  history.requests.set(0, { ...history.requests.get(0)!, hasWebhook: true });
  history.deliveries.push(...deliveries);
  return account(history);
};

describe('undelivered', () => {
  test('a webhook that never came', () => {
    expect(withWebhook([]).undelivered).toEqual([{ id, request: 0, reason: 'its webhook never came' }]);
  });

  test.each([undefined, answerTo(1)])('a webhook that is not the answer: %o', (result) => {
    const [fault] = withWebhook([
      { id, atMs: sentAtMs, result: answerTo(0) },
      { id, atMs: sentAtMs, result },
    ]).undelivered;
    expect(fault?.reason).toBe('its webhook came with something else than the answer');
  });

  test('but not one that came twice', () => {
    const delivery = { id, atMs: sentAtMs, result: answerTo(0) };
    expect(withWebhook([delivery, delivery]).undelivered).toEqual([]);
  });
});
