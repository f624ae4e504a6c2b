import { expect, test } from 'vitest';
import { ConsumerJudge, type ConsumerSight, type QueueSight } from './consumer-judge.ts';

const options = { idleLooksMax: 3, heldLooksMax: 5 };
const calm: QueueSight = { takenCount: 0, inFlight: 0, waiting: 0 };
const sight = (...queues: Partial<QueueSight>[]): ConsumerSight => ({
  isRunning: true,
  queues: queues.map((queue) => ({ ...calm, ...queue })),
});

/** The verdicts of a new judge, look by look. */
function judge(sights: readonly ConsumerSight[]): (string | undefined)[] {
  const one = new ConsumerJudge(options);
  return sights.map((each) => one.look(each)?.reason);
}

const repeat = (times: number, each: ConsumerSight): ConsumerSight[] =>
  Array.from({ length: times }, () => each);

test('jobs that wait look after look while nothing is taken mean a stuck loop', () => {
  const verdicts = judge(repeat(4, sight({ waiting: 7 })));
  expect(verdicts).toEqual([undefined, undefined, undefined, 'jobs wait, slots are free, and none is taken']);
});

test('a worker with nothing to do is well for ever', () => {
  expect(judge(repeat(50, sight(calm, calm)))).toEqual(Array(50).fill(undefined));
});

test('a job that is taken between two looks is enough, however many wait', () => {
  const sights = Array.from({ length: 50 }, (_, index) =>
    sight({ waiting: 1_000, takenCount: Math.floor(index / 2) }),
  );
  expect(judge(sights)).toEqual(Array(50).fill(undefined));
});

test('one class that is stuck shows beside others that move', () => {
  const sights = Array.from({ length: 4 }, (_, index) =>
    sight({ takenCount: 10 * index, inFlight: 4, waiting: 5 }, { takenCount: 3, waiting: 2 }),
  );
  expect(judge(sights).at(-1)).toBe('jobs wait, slots are free, and none is taken');
});

test('a class whose slots are taken may let others wait, for as long as a batch may take', () => {
  const busy = sight({ takenCount: 4, inFlight: 4, waiting: 9 });
  expect(judge(repeat(6, busy))).toEqual([
    ...Array<undefined>(5).fill(undefined),
    'none of the jobs in flight comes to an end',
  ]);
});

test.each([
  ['one is taken', { takenCount: 5, inFlight: 5 }],
  ['one has ended', { takenCount: 4, inFlight: 3 }],
])('jobs in flight are not stuck when %s', (_what, next) => {
  const before = sight({ takenCount: 4, inFlight: 4, waiting: 9 });
  const after = sight({ ...next, waiting: 9 });
  expect(judge([...repeat(5, before), ...repeat(5, after)])).toEqual(Array(10).fill(undefined));
});

test('a loop that has ended is stuck at the second look: the first may fall between two of its turns', () => {
  const over = { ...sight(calm), isRunning: false };
  expect(judge([over, sight(calm), over, over])).toEqual([
    undefined,
    undefined,
    undefined,
    'the loop that takes jobs has ended',
  ]);
});

test('what was seen before Redis was away counts no longer', () => {
  const one = new ConsumerJudge(options);
  for (let round = 0; round < 5; round += 1) {
    for (const each of repeat(3, sight({ waiting: 7 }))) expect(one.look(each)).toBeUndefined();
    one.forget();
  }
});

test('jobs that can still end in order are left the time to, and those that hang are not', () => {
  const one = new ConsumerJudge(options);
  const verdicts = repeat(6, sight({ takenCount: 1, inFlight: 1 })).map((each) => one.look(each));
  expect(verdicts.at(-1)?.mayFinish).toBe(false);
  const other = new ConsumerJudge(options);
  const [, , , stuck] = repeat(4, sight({ waiting: 1 })).map((each) => other.look(each));
  expect(stuck?.mayFinish).toBe(true);
});
