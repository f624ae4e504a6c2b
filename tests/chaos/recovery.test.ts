/** Times until what was struck serves again, out of histories that were made up. */
import { expect, test } from 'vitest';
import { emptyHistory, type Attempt, type Disturbance } from './history.ts';
import { recoveriesOf } from './recovery.ts';

const url = 'http://one';
const blow = (fields: Partial<Disturbance>): Disturbance => ({
  action: 'kill',
  kind: 'gateway',
  victim: 'gateway 1',
  atMs: 1_000,
  ...fields,
});
const taken = (startedAtMs: number, endedAtMs: number, fields: Partial<Attempt> = {}): Attempt => ({
  request: 0,
  url,
  startedAtMs,
  endedAtMs,
  outcome: 'answered',
  said: '200',
  ...fields,
});

test('a gateway is back when it took a request that was sent to it after the blow', () => {
  const history = emptyHistory();
  history.disturbances.push(blow({ url }));
  history.attempts.push(
    taken(900, 1_050),
    taken(1_100, 1_200, { url: 'http://other' }),
    taken(1_300, 1_400, { outcome: 'broken' }),
    taken(1_900, 2_500, { outcome: 'accepted' }),
    taken(2_600, 2_700),
  );
  expect(recoveriesOf(history)).toEqual([
    { blow: 'gateway killed', count: 1, medianMs: 1_500, maxMs: 1_500, unseen: 0 },
  ]);
});

test('a worker is back with its own next answer, and where workers cannot be told apart with any', () => {
  const history = emptyHistory();
  history.disturbances.push(blow({ kind: 'worker', victim: 'worker 2' }));
  history.attempts.push(taken(1_100, 1_300));
  expect(recoveriesOf(history)[0]).toMatchObject({ medianMs: 300 });
  history.publications.push({ id: 'a', by: 'worker 1', atMs: 1_100 }, { id: 'b', by: 'worker 2', atMs: 900 });
  expect(recoveriesOf(history)[0]).toMatchObject({ maxMs: undefined, unseen: 1 });
  history.publications.push({ id: 'c', by: 'worker 2', atMs: 3_000 });
  expect(recoveriesOf(history)[0]).toMatchObject({ maxMs: 2_000, unseen: 0 });
});

test('a pause is measured from its end, and a second blow ends the first', () => {
  const history = emptyHistory();
  history.disturbances.push(
    blow({ action: 'pause', kind: 'redis', victim: 'redis', overAtMs: 4_000 }),
    blow({ action: 'pause', kind: 'redis', victim: 'redis', atMs: 5_000, overAtMs: 6_000 }),
  );
  history.attempts.push(taken(4_100, 5_500), taken(6_000, 6_700));
  expect(recoveriesOf(history)).toEqual([
    { blow: 'redis paused', count: 2, medianMs: 700, maxMs: 700, unseen: 1 },
  ]);
});
