/** Blows fall on whom they should, and nobody stays frozen. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { emptyHistory } from './history.ts';
import type { Victim, VictimKind } from './installation.ts';
import type { Blow } from './sabotage-plan.ts';
import { startSabotage } from './saboteur.ts';

const done: string[] = [];
function victim(kind: VictimKind, name: string): Victim {
  const act = (what: string) => async () => {
    await delay(1);
    done.push(`${what} ${name}`);
  };
  return {
    kind,
    name,
    kill: act('kill'),
    pause: act('pause'),
    resume: act('resume'),
    cut: act('cut'),
    heal: act('heal'),
  };
}
const blow = (fields: Partial<Blow>): Blow => ({
  atMs: 0,
  action: 'kill',
  kind: 'worker',
  place: 0,
  forMs: 0,
  ...fields,
});

test('each blow falls on its victim and is noted; whoever is frozen when it ends is let go', async () => {
  const history = emptyHistory();
  const victims = [
    victim('gateway', 'gateway 1'),
    victim('worker', 'worker 1'),
    victim('worker', 'worker 2'),
  ];
  const blows = [
    blow({ place: 1 }),
    blow({ atMs: 20, action: 'pause', forMs: 60_000 }),
    blow({ atMs: 40, action: 'cut', kind: 'gateway', forMs: 20 }),
    blow({ atMs: 60_000 }),
  ];
  const saboteur = startSabotage(blows, victims, Date.now(), history);
  await delay(150);
  expect(done).toEqual(['kill worker 2', 'pause worker 1', 'cut gateway 1', 'heal gateway 1']);
  await saboteur.stop();
  expect(done.slice(4)).toEqual(['resume worker 1']);
  expect(history.disturbances).toMatchObject([
    { action: 'kill', victim: 'worker 2' },
    { action: 'pause', victim: 'worker 1' },
    { action: 'cut', victim: 'gateway 1' },
  ]);
  expect(history.disturbances.map(({ overAtMs }) => overAtMs !== undefined)).toEqual([false, true, true]);
});

test('a blow that cannot fall is noted as missed, and letting go is tried until it works', async () => {
  const history = emptyHistory();
  let tries = 0;
  const stubborn: Victim = {
    ...victim('worker', 'worker 1'),
    kill: () => Promise.reject(new Error('it is down')),
    resume: () => (tries++ === 0 ? Promise.reject(new Error('not yet')) : Promise.resolve()),
  };
  const blows = [blow({}), blow({ atMs: 5, action: 'pause', forMs: 10 })];
  await startSabotage(blows, [stubborn], Date.now(), history).done;
  expect(history.missed).toEqual(['kill worker 1: it is down']);
  expect(tries).toBe(2);
  expect(history.disturbances).toMatchObject([{ action: 'pause' }]);
});
