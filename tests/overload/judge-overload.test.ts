import { expect, test } from 'vitest';
import { judgeOverload, type OverloadRun } from './judge-overload.ts';
import type { Reply } from './send-load.ts';

const success: Reply = { status: 200, code: undefined, ms: 900, totalMs: 880, retryAfterS: undefined };
const refusal: Reply = { status: 503, code: 'overloaded', ms: 8, totalMs: undefined, retryAfterS: 3 };
const many = (reply: Reply, count: number) => Array.from({ length: count }, () => reply);

const good: OverloadRun = {
  capacityPerS: 10,
  offeredPerS: 20,
  seconds: 10,
  deadlineMs: 1_000,
  replies: [...many(success, 95), ...many(refusal, 95), ...many({ ...refusal, status: 504 }, 2)],
  memory: { gateway: { earlyBytes: 100, lateBytes: 110 } },
};

test('a run that keeps every promise has none broken', () => {
  expect(judgeOverload(good).broken).toEqual([]);
});

test.each<[string, Partial<OverloadRun>, RegExp]>([
  ['too little work done', { replies: [...many(success, 80), refusal] }, /goodput is 0.80/],
  ['nothing refused', { replies: many(success, 100) }, /no overload/],
  ['slow refusals', { replies: [...many(success, 95), { ...refusal, ms: 60 }] }, /refusal took 60 ms/],
  [
    'refusals without a time',
    { replies: [...many(success, 95), { ...refusal, retryAfterS: undefined }] },
    /1 refusals said nothing/,
  ],
  [
    'a success after its deadline',
    { replies: [...many(success, 95), refusal, { ...success, totalMs: 1_001 }] },
    /1 successes came after/,
  ],
  [
    'another error',
    { replies: [...many(success, 95), refusal, { ...refusal, status: 500, code: 'internal' }] },
    /1 × 500 internal/,
  ],
  [
    'memory that grows',
    { memory: { worker: { earlyBytes: 100, lateBytes: 130 } } },
    /worker grew to 1.30 times/,
  ],
])('%s is a broken promise', (_what, change, words) => {
  expect(judgeOverload({ ...good, ...change }).broken).toEqual([expect.stringMatching(words)]);
});
