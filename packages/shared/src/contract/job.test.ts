import { expect, test } from 'vitest';
import { testJob } from '../../../../tests/support/exchange.ts';
import { jobSchema, openPredictionSchema, webhookRowSchema } from './job.ts';

const throughRedis = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('a job survives the way through the queue, and a picture is never in it', () => {
  const job = testJob({
    priority: 'low',
    options: { minScore: 0.5, classes: ['circle'] },
    keepMs: 86_400_000,
    claim: '0123456789abcdef'.repeat(4),
  });
  expect(jobSchema.parse(throughRedis(job))).toEqual(job);
  expect(jobSchema.parse({ ...job, bytes: 'AAAA' })).not.toHaveProperty('bytes');
});

test('a job of a version that knew no classes and kept all answers alike is an ordinary one', () => {
  const { priority: _priority, keepMs: _keepMs, ...old } = testJob();
  expect(jobSchema.parse(throughRedis(old))).toEqual({ ...old, priority: 'normal', keepMs: 60_000 });
});

test.each([
  ['the name of a model that could reach elsewhere', { model: '../x' }],
  ['a format that nobody decodes', { mediaType: 'image/svg+xml' }],
  ['a class that nobody serves', { priority: 'urgent' }],
  ['an answer that is kept for no time', { keepMs: 0 }],
  ['a claim that is no digest', { claim: 'key of the caller' }],
  ['an id that we did not make', { id: 'x' }],
])('a job with %s is none', (_what, fields) => {
  expect(jobSchema.safeParse({ ...testJob(), ...fields }).success).toBe(false);
});

test('a prediction that is owed says all that its answer needs, with a webhook or without', () => {
  const job = testJob();
  const webhook = { url: 'https://hooks.test/', secret: 'whsec_c2VjcmV0' };
  for (const open of [{ job }, { job, webhook }]) {
    expect(openPredictionSchema.parse(throughRedis(open))).toEqual(open);
  }
  expect(openPredictionSchema.safeParse({ job, webhook: { url: webhook.url } }).success).toBe(false);
});

test('a webhook that is due says where to and what of', () => {
  const row = {
    url: 'https://hooks.test/',
    secret: 'whsec_c2VjcmV0',
    requestId: 'request-1',
    model: 'tiny',
    writtenAtMs: 1_700_000_000_000,
  };
  expect(webhookRowSchema.parse(throughRedis(row))).toEqual(row);
  expect(webhookRowSchema.safeParse({ ...row, writtenAtMs: 1.5 }).success).toBe(false);
});
