import { waitedResultTtlMs } from '@shoal/shared/contract';
import { readSettings } from '@shoal/shared/service';
import { describe, expect, test } from 'vitest';
import { readPreferences, readTerms } from './read-terms.ts';
import { legacyForm, predictionForm } from './request-form.ts';

const settings = readSettings({});
const dayMs = 24 * 3_600_000;
const hourMs = 3_600_000;
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

const terms = (headers: Record<string, string> = {}, fields: Record<string, unknown> = {}) =>
  readTerms(headers, new Map(Object.entries(fields)), predictionForm, settings).terms;

describe('who says nothing', () => {
  test('waits as long as any caller waits, and its answer is not kept beyond that', () => {
    expect(terms()).toEqual({
      waitMs: 25_000,
      deadlineMs: 25_000,
      keepMs: waitedResultTtlMs,
      priority: 'normal',
    });
  });

  test('is who comes by the old address, whatever it says', () => {
    const fields = new Map(Object.entries({ priority: 'low', deadlineMs: '5', webhook: 'x', iou: '0.5' }));
    const headers = { prefer: 'respond-async', 'idempotency-key': 'a b' };
    const read = readTerms(headers, fields, legacyForm, settings);
    expect(read.terms).toEqual(terms());
    expect(read.rest).toEqual(fields);
  });
});

describe('waiting', () => {
  test.each([
    ['respond-async', 0, hourMs],
    ['wait=5', 5_000, 25_000],
    ['wait=0', 0, 25_000],
    ['wait=600', 25_000, 25_000],
    ['respond-async, wait=10', 10_000, hourMs],
    ['Wait = "7" ; x=y, RESPOND-ASYNC', 0, hourMs],
    ['handling=lenient, return=minimal', 25_000, 25_000],
    ['wait=-1', 25_000, 25_000],
    ['wait=1.5', 25_000, 25_000],
    ['wait=99999999999', 25_000, 25_000],
  ])('with "Prefer: %s" takes %i ms of a deadline of %i', (prefer, waitMs, deadlineMs) => {
    expect(terms({ prefer })).toMatchObject({ waitMs, deadlineMs });
  });

  test('is what the first preference of its name says, over several lines of the header', () => {
    expect(readPreferences(['wait=3', 'respond-async, wait=9'])).toEqual({ isAsync: true, waitS: 3 });
    expect(readPreferences(undefined)).toEqual({ isAsync: false });
    expect(readPreferences('wait="4"')).toEqual({ isAsync: false, waitS: 4 });
  });
});

describe('a deadline', () => {
  test.each([100, '100', ' 60000 ', dayMs, String(dayMs)])('of %j is taken as it is', (deadlineMs) => {
    expect(terms({}, { deadlineMs }).deadlineMs).toBe(Number(deadlineMs));
    expect(terms({ prefer: 'respond-async' }, { deadlineMs }).deadlineMs).toBe(Number(deadlineMs));
  });

  test.each([99, '99', dayMs + 1, '1e9', 1_000.5, '', ' ', 'soon', true, null, ['1000']])(
    'of %j is refused, and what may come is said',
    (deadlineMs) => {
      expect(() => terms({}, { deadlineMs })).toThrow(
        expect.objectContaining({
          code: 'options_invalid',
          message: expect.stringContaining(`deadlineMs: expected whole milliseconds from 100 to ${dayMs}`),
        }),
      );
    },
  );

  test('longer than the wait leaves the caller to fetch its answer, which is kept for that', () => {
    expect(terms({}, { deadlineMs: 60_000 })).toMatchObject({ waitMs: 25_000, keepMs: hourMs });
  });
});

describe('an answer is kept', () => {
  const webhook = { webhook: 'https://hooks.test/', webhookSecret: secret };
  test.each<[string, Record<string, string>, Record<string, unknown>, number]>([
    ['for a caller that does not wait', { prefer: 'respond-async' }, {}, hourMs],
    ['for one that waits less than the deadline', { prefer: 'wait=1' }, {}, hourMs],
    ['for a webhook', {}, webhook, hourMs],
    ['for a key', { 'idempotency-key': 'k1' }, {}, dayMs],
    ['for a key and a webhook', { 'idempotency-key': 'k1', prefer: 'respond-async' }, {}, dayMs],
    ['for one that waits for all of a short deadline', {}, { deadlineMs: 1_000 }, waitedResultTtlMs],
    ['as the caller says, with a key', { 'idempotency-key': 'k1' }, { keepMs: '600000' }, 600_000],
    ['as the caller says, without one', {}, { keepMs: dayMs }, dayMs],
    ['for a webhook, whatever else is said', {}, { ...webhook, keepMs: 60_000 }, hourMs],
  ])('%s', (_who, headers, fields, keepMs) => {
    expect(terms(headers, fields).keepMs).toBe(keepMs);
  });

  test('for a webhook as long as for whoever fetches it, where that is longer', () => {
    const long = readSettings({ SHOAL_RESULT_TTL_MS: '86400000' });
    const fields = new Map(Object.entries(webhook));
    expect(readTerms({}, fields, predictionForm, long).terms.keepMs).toBe(86_400_000);
  });

  test.each([59_999, dayMs + 1, 60_000.5, '', 'soon', null])('and %j is refused', (keepMs) => {
    expect(() => terms({}, { keepMs })).toThrow(
      `keepMs: expected whole milliseconds from 60000 to ${dayMs}, came ${JSON.stringify(keepMs)}`,
    );
  });

  test('never for less than a lost wake-up may take', () => {
    const short = readSettings({ SHOAL_RESULT_TTL_MS: '1000' });
    const read = readTerms({ prefer: 'respond-async' }, new Map(), predictionForm, short);
    expect(read.terms.keepMs).toBe(waitedResultTtlMs);
  });
});

describe('a class', () => {
  test.each(['high', 'normal', 'low'] as const)('may be %s', (priority) => {
    expect(terms({}, { priority }).priority).toBe(priority);
  });

  test.each(['HIGH', 'urgent', '', 1, null])('of %j is refused', (priority) => {
    expect(() => terms({}, { priority })).toThrow(
      `priority: expected high, normal, low, came ${JSON.stringify(priority)}`,
    );
  });
});

describe('an Idempotency-Key', () => {
  test.each(['k', '"quoted"', '~', '!', 'a'.repeat(255)])('may be %j', (key) => {
    expect(terms({ 'idempotency-key': key }).idempotencyKey).toBe(key);
  });

  test.each(['', 'two words', 'ünicode', 'a'.repeat(256), 'tab\tbed'])('of %j is refused', (key) => {
    expect(() => terms({ 'idempotency-key': key })).toThrow(
      'Idempotency-Key: expected 1 to 255 visible ASCII characters',
    );
  });
});

test('what is not a term is left for others, and a term is not', () => {
  const fields = { model: 'tiny', iou: '0.5', priority: 'high', deadlineMs: '1000', webhookSecret: secret };
  const all = { ...fields, webhook: 'https://hooks.test/x' };
  const { rest, terms: read } = readTerms({}, new Map(Object.entries(all)), predictionForm, settings);
  expect(Object.fromEntries(rest)).toEqual({ model: 'tiny', iou: '0.5' });
  expect(read.webhook).toEqual({ url: 'https://hooks.test/x', secret });
});

test('a secret without an address to post to is refused', () => {
  expect(() => terms({}, { webhookSecret: secret })).toThrow(/webhook/);
});
