/** The same seed brings the same run, and every run brings all that it should. */
import { expect, test } from 'vitest';
import { planRequests, type PlannedRequest, type RequestPlanOptions } from './request-plan.ts';
import { planSabotage, type Blow, type SabotageOptions } from './sabotage-plan.ts';

const requests = (fields: Partial<RequestPlanOptions> = {}): PlannedRequest[] =>
  planRequests({ seed: 1, seconds: 60, perSecond: 8, isScripted: true, callsBack: true, ...fields });
const blows = (fields: Partial<SabotageOptions> = {}): Blow[] =>
  planSabotage({
    seed: 1,
    seconds: 60,
    counts: { worker: 3, gateway: 2, redis: 1 },
    canCut: false,
    gapMs: [3_000, 8_000],
    ...fields,
  });

test('a seed repeats requests and blows, and another one brings others', () => {
  expect(requests()).toEqual(requests());
  expect(blows()).toEqual(blows());
  expect(requests({ seed: 2 })).not.toEqual(requests());
  expect(blows({ seed: 2 })).not.toEqual(blows());
});

const early = ({ atMs }: Blow): boolean => atMs < 45_000;

test('a longer run begins as the shorter one', () => {
  expect(requests({ seconds: 120 }).slice(0, 480)).toEqual(requests());
  expect(blows({ seconds: 120 }).filter(early)).toEqual(blows().filter(early));
});

test.each([1, 2, 3])('a minute of seed %i has every sort of request and every kind of blow', (seed) => {
  expect(new Set(requests({ seed }).map(({ sort }) => sort))).toEqual(
    new Set([
      'waits',
      'waits briefly',
      'asks later',
      'asks later, keyless',
      'follows',
      'cancels',
      'hangs up',
      'poison',
    ]),
  );
  expect(requests({ seed }).filter(({ sort }) => sort === 'poison')).toHaveLength(1);
  expect(requests({ seed }).some(({ isSlow }) => isSlow)).toBe(true);
  expect(requests({ seed }).some(({ hasWebhook }) => hasWebhook)).toBe(true);
  expect(new Set(blows({ seed }).map(({ action, kind }) => `${action} ${kind}`))).toEqual(
    new Set(['kill worker', 'kill gateway', 'kill redis', 'pause worker', 'pause gateway', 'pause redis']),
  );
});

test('where workers are not scripted no picture is deadly or slow, and where nobody can be called back no webhook is', () => {
  const unscripted = requests({ isScripted: false });
  expect(unscripted.some(({ sort, isSlow }) => sort === 'poison' || isSlow)).toBe(false);
  expect(requests({ callsBack: false }).some(({ hasWebhook }) => hasWebhook)).toBe(false);
});

test('with networks there are cuts', () => {
  const kinds = new Set(blows({ canCut: true, seconds: 90 }).map(({ action, kind }) => `${action} ${kind}`));
  expect(kinds).toContain('cut worker');
  expect(kinds).toContain('cut gateway');
});

test('nobody is struck who is frozen or cut off', () => {
  const untilMs = new Map<string, number>();
  for (const { atMs, kind, place, forMs } of blows({ seconds: 3_600, canCut: true, gapMs: [500, 1_000] })) {
    const victim = `${kind} ${place}`;
    expect(untilMs.get(victim) ?? 0).toBeLessThanOrEqual(atMs);
    untilMs.set(victim, atMs + forMs);
  }
});
