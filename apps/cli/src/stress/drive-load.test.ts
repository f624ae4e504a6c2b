import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { driveClosed, driveOpen, type Load } from './drive-load.ts';

/** Requests that end when they are told to. */
class Requests {
  readonly load: Load<number>;
  readonly sinceMs: number[] = [];
  readonly firedMs: number[] = [];
  readonly #open: ((isReached: boolean) => void)[] = [];
  readonly #over = new AbortController();
  #most = 0;
  #next = 0;

  constructor(limit: { requests?: number; seconds?: number; items?: number }) {
    this.load = {
      limit: { requests: limit.requests, seconds: limit.seconds },
      signal: this.#over.signal,
      next: async () => (this.#next < (limit.items ?? Infinity) ? this.#next++ : undefined),
      fire: (_, sinceMs) => {
        this.firedMs.push(performance.now());
        this.sinceMs.push(sinceMs);
        return new Promise((resolve) => {
          this.#open.push(resolve);
          this.#most = Math.max(this.#most, this.#open.length);
        });
      },
    };
  }

  get sent(): number {
    return this.sinceMs.length;
  }

  get most(): number {
    return this.#most;
  }

  get underWay(): number {
    return this.#open.length;
  }

  /** Answers the oldest. */
  answer(isReached = true): void {
    this.#open.shift()?.(isReached);
  }

  /** Answers everything until the drive is over. */
  async answerAll<T>(drive: Promise<T>): Promise<T> {
    const timer = setInterval(() => this.answer(), 1);
    return drive.finally(() => clearInterval(timer));
  }

  abort(): void {
    this.#over.abort();
    while (this.#open.length > 0) this.answer();
  }
}

function* every(ms: number): Generator<number> {
  for (let dueMs = ms; ; dueMs += ms) yield dueMs;
}

describe('a closed loop', () => {
  test('has never more under way than it may, and stops at the number that was asked for', async () => {
    const requests = new Requests({ requests: 50 });
    await requests.answerAll(driveClosed(requests.load, 4));
    expect([requests.sent, requests.most]).toEqual([50, 4]);
  });

  test('sends the next one when one is answered, and not before', async () => {
    const requests = new Requests({});
    const drive = driveClosed(requests.load, 3);
    await sleep(20);
    expect(requests.sent).toBe(3);
    requests.answer();
    await sleep(20);
    expect(requests.sent).toBe(4);
    requests.abort();
    await drive;
  });

  test('fewer requests than callers are sent once each', async () => {
    const requests = new Requests({ requests: 2 });
    await requests.answerAll(driveClosed(requests.load, 10));
    expect(requests.sent).toBe(2);
  });

  test('ends when there is nothing more to send', async () => {
    const requests = new Requests({ requests: 100, items: 7 });
    await requests.answerAll(driveClosed(requests.load, 4));
    expect(requests.sent).toBe(7);
  });

  test('ends when its time is over, and waits for what is under way', async () => {
    const requests = new Requests({ seconds: 0.05 });
    let isOver = false;
    const drive = driveClosed(requests.load, 2).then(() => (isOver = true));
    await sleep(120);
    expect([requests.sent, isOver]).toEqual([2, false]);
    requests.answer();
    requests.answer();
    await drive;
    expect(requests.sent).toBe(2);
  });

  test('asks a server that is gone again soon, not at once', async () => {
    const requests = new Requests({ requests: 3 });
    const drive = driveClosed(requests.load, 1);
    await sleep(20);
    requests.answer(false);
    for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
    expect(requests.sent).toBe(1);
    await requests.answerAll(drive);
    expect(requests.sent).toBe(3);
  });
});

describe('an open loop', () => {
  test('says of how many it was late itself', async () => {
    const requests = new Requests({});
    const drive = driveOpen(requests.load, { arrivals: [0, 10, 20].values(), inFlightMax: 100 });
    // Nothing else runs in this process meanwhile.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    expect(await requests.answerAll(drive)).toEqual({ heldBack: 0, sentLate: 3 });
  });

  test('sends all that is due though nobody is answered', async () => {
    const requests = new Requests({ requests: 20 });
    const drive = driveOpen(requests.load, { arrivals: every(1), inFlightMax: 100 });
    while (requests.underWay < 20) await sleep(5);
    expect(await requests.answerAll(drive)).toMatchObject({ heldBack: 0 });
  });

  test('sends as many as are due within its time', async () => {
    const requests = new Requests({ seconds: 0.1 });
    await requests.answerAll(driveOpen(requests.load, { arrivals: every(10), inFlightMax: 100 }));
    expect(requests.sent).toBe(9);
  });

  test('who waits for a place has waited since the request was due', async () => {
    const requests = new Requests({ requests: 4 });
    const arrivals = [0, 1, 2, 3].values();
    const drive = driveOpen(requests.load, { arrivals, inFlightMax: 1 });
    for (let turns = 0; turns < 4; turns++) {
      await sleep(30);
      requests.answer();
    }
    expect(await drive).toMatchObject({ heldBack: 3 });
    expect(requests.most).toBe(1);
    // Nobody was sent before the one ahead was answered, 30 ms each; all were due in the first 3 ms.
    expect(requests.sinceMs.at(-1)! - requests.sinceMs[0]!).toBeLessThan(4);
  });

  test('a request that is sent a little early waits from then on, not from later', async () => {
    const requests = new Requests({ requests: 50 });
    const drive = driveOpen(requests.load, { arrivals: every(0.7), inFlightMax: 100 });
    await requests.answerAll(drive);
    expect(requests.sinceMs.filter((sinceMs, index) => sinceMs > requests.firedMs[index]!)).toEqual([]);
  });

  test('ends early when it is told to, even while it waits for a place', async () => {
    const requests = new Requests({});
    const drive = driveOpen(requests.load, { arrivals: [0, 0, 0].values(), inFlightMax: 2 });
    await sleep(20);
    requests.abort();
    await drive;
    expect(requests.sent).toBe(2);
  });

  test('ends early while nothing is due for a long time', async () => {
    const requests = new Requests({});
    const drive = driveOpen(requests.load, { arrivals: [0, 3_600_000].values(), inFlightMax: 2 });
    await sleep(20);
    requests.abort();
    await drive;
    expect(requests.sent).toBe(1);
  });
});
