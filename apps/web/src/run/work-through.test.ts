import { describe, expect, test } from 'vitest';
import { workThrough, type Outcome } from './work-through.ts';

type Attempt = (item: number, signal: AbortSignal) => Promise<Outcome<string>>;
const done: Outcome<string> = { kind: 'done' };
const hold = (waitMs?: number): Outcome<string> => ({ kind: 'hold', trouble: 'full', waitMs });
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function line(count: number, attempt: Attempt, concurrency = 4) {
  const abort = new AbortController();
  const holds: ({ trouble: string; waitMs: number } | undefined)[] = [];
  const pauses: number[] = [];
  const end = workThrough<number, string>({
    items: Array.from({ length: count }, (_, index) => index),
    concurrency,
    attempt,
    onHold: (held) => holds.push(held),
    pause: async (ms) => {
      pauses.push(ms);
      await turn();
    },
    signal: abort.signal,
  });
  return { abort, holds, pauses, end };
}

test('everything is attempted once, and never more at the same time than agreed', async () => {
  const seen: number[] = [];
  let now = 0;
  let most = 0;
  const { end } = line(50, async (item) => {
    now += 1;
    most = Math.max(most, now);
    await turn();
    now -= 1;
    seen.push(item);
    return done;
  });
  expect(await end).toBeUndefined();
  expect(seen.toSorted((left, right) => left - right)).toEqual(
    Array.from({ length: 50 }, (_, index) => index),
  );
  expect(most).toBe(4);
});

describe('trouble that passes', () => {
  test('holds the whole line: one asks again, the others wait, and nothing is left out', async () => {
    let isDown = true;
    let askedWhileDown = 0;
    const ended = new Set<number>();
    const { end, holds, pauses } = line(20, async (item) => {
      await turn();
      if (isDown) {
        askedWhileDown += 1;
        // Four were under way when it began; from then on one asks at a time.
        if (askedWhileDown === 4 + 5) isDown = false;
        return hold();
      }
      ended.add(item);
      return done;
    });
    expect(await end).toBeUndefined();
    expect(ended.size).toBe(20);
    expect(askedWhileDown).toBe(9);
    expect(pauses).toHaveLength(6);
    expect(holds.at(-1)).toBeUndefined();
  });

  test('is waited for as long as the server asks, else longer each time, up to a limit', async () => {
    const asked = [hold(7_000), ...Array.from({ length: 8 }, () => hold()), done];
    const { end, pauses } = line(1, () => Promise.resolve(asked.shift()!));
    await end;
    expect(pauses[0]).toBe(7_000);
    expect(pauses.slice(1)).toEqual(pauses.slice(1).toSorted((left, right) => left - right));
    expect(Math.max(...pauses.slice(1))).toBe(10_000);
  });
});

test('trouble that stays stops the line, and says what it was', async () => {
  let attempts = 0;
  const { end } = line(
    20,
    async () => {
      attempts += 1;
      await turn();
      return { kind: 'stop', trouble: 'no key' };
    },
    2,
  );
  expect(await end).toBe('no key');
  expect(attempts).toBe(2);
});

test('after an abort nothing more is begun, in the middle of a pause either', async () => {
  let attempts = 0;
  const { abort, end } = line(
    20,
    async () => {
      attempts += 1;
      if (attempts === 3) abort.abort();
      return Promise.resolve(attempts === 1 ? hold() : done);
    },
    1,
  );
  await end;
  expect(attempts).toBe(3);
});
