import { expect, test } from 'vitest';
import { joinEvents, stepNames, type SentRequest } from './join-events.ts';
import type { EventName, TraceEvent } from './trace-event.ts';

/** Began and ended, in milliseconds after the client sent its request. */
const usual: Readonly<Record<EventName, readonly [number, number]>> = {
  request: [1, 98],
  store: [3, 6],
  admit: [4, 7],
  enqueue: [8, 12],
  take: [15, 17],
  mark: [18, 21],
  fetch: [18, 22],
  publish: [90, 95],
  wake: [94, 94],
};

const timings = { decodeMs: 20, batchMs: 2, inferMs: 40, unpackMs: 1 };

function eventsOf(id: string, changed: Partial<typeof usual> = {}, sentMs = 0): TraceEvent[] {
  return Object.entries({ ...usual, ...changed }).map(([event, [began, ended]]) => ({
    process: 'made up',
    event: event as EventName,
    id: event === 'request' ? `request of ${id}` : id,
    beganMs: sentMs + began,
    endedMs: sentMs + ended,
  }));
}

function sentOf(id: string, sentMs = 0): SentRequest {
  return { id, requestId: `request of ${id}`, sentMs, receivedMs: sentMs + 100, timings };
}

const named = (stepsMs: readonly number[]) =>
  Object.fromEntries(stepNames.map((name, at) => [name, stepsMs[at]]));

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

test('the time of a request falls apart into its steps', () => {
  const { budgets, incomplete } = joinEvents([sentOf('a')], eventsOf('a'));
  expect(incomplete).toEqual([]);
  expect(budgets).toHaveLength(1);
  expect(named(budgets[0]!.stepsMs)).toEqual({
    'client to gateway: head read': 1,
    'body read, request checked': 2,
    'Redis: bytes and ledger row written': 4,
    'Redis: job added, worker woken': 5,
    'waits in the queue': 3,
    'Redis: job handed to the worker': 2,
    'Redis: begun, bytes fetched': 5,
    decoded: 20,
    'waits for an inference thread': 2,
    'packed, to the thread and back': 5,
    inferred: 40,
    unpacked: 1,
    'Redis: answer written, gateway woken': 4,
    'answer put together and sent': 4,
    'answer read by the client': 2,
  });
});

test('the steps sum up to what the client measured', () => {
  const { budgets } = joinEvents([sentOf('a')], eventsOf('a', { publish: [93, 97], wake: [97, 97] }));
  expect(sum(budgets[0]!.stepsMs)).toBeCloseTo(budgets[0]!.totalMs, 9);
  expect(budgets[0]!.totalMs).toBe(100);
});

test('a worker that asks before the gateway has heard of its job has not waited in the queue', () => {
  const { budgets } = joinEvents([sentOf('a')], eventsOf('a', { take: [11, 17] }));
  expect(named(budgets[0]!.stepsMs)).toMatchObject({
    'Redis: job added, worker woken': 4,
    'waits in the queue': 0,
    'Redis: job handed to the worker': 6,
  });
  expect(sum(budgets[0]!.stepsMs)).toBeCloseTo(100, 9);
});

test('requests that overlap are told apart, in whatever order events come', () => {
  const requests = [sentOf('a'), sentOf('b', 10)];
  const events = [
    ...eventsOf('b', { take: [35, 37], mark: [38, 40], fetch: [38, 41] }, 10),
    ...eventsOf('a'),
  ];
  const { budgets } = joinEvents(requests, events.toReversed());
  expect(budgets.map(({ id, stepsMs }) => [id, named(stepsMs)['waits in the queue']])).toEqual([
    ['a', 3],
    ['b', 23],
  ]);
});

test.each(Object.keys(usual) as EventName[])(
  'a request without its event %s is left out and named, its neighbour stays',
  (event) => {
    const events = [...eventsOf('a').filter((each) => each.event !== event), ...eventsOf('b')];
    const { budgets, incomplete } = joinEvents([sentOf('a'), sentOf('b')], events);
    expect(incomplete).toEqual([{ id: 'a', missing: [event] }]);
    expect(budgets.map(({ id }) => id)).toEqual(['b']);
  },
);

test('of a job that was delivered twice the last run counts', () => {
  const inVain = eventsOf('a').filter(({ event }) => ['take', 'mark', 'fetch'].includes(event));
  const again = eventsOf('a', { take: [60, 61], mark: [62, 63], fetch: [62, 64] });
  const { budgets } = joinEvents([sentOf('a')], [...inVain, ...again]);
  expect(named(budgets[0]!.stepsMs)).toMatchObject({ 'waits in the queue': 48 });
});

test('events of requests that nobody asks about count for nothing', () => {
  expect(joinEvents([], eventsOf('warm-up'))).toEqual({ budgets: [], incomplete: [] });
});
