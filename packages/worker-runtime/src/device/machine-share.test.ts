import { announcementTtlMs, keysOf } from '@shoal/shared/contract';
import { createLog } from '@shoal/shared/service';
import { expect, test } from 'vitest';
import { useRedis } from '../../../../tests/support/exchange.ts';
import { MachineShare } from './machine-share.ts';

const world = useRedis();
const keys = keysOf('test');
const log = createLog('test', { SHOAL_LOG_LEVEL: 'silent' });

/** Workers on machines of four processors, at one time that the test moves. */
function workers() {
  let nowMs = 1_000_000;
  return {
    add: (workerId: string, id = 'machine') =>
      new MachineShare({
        redis: world.redis,
        keys,
        workerId,
        log,
        machine: { id, cores: 4 },
        now: () => nowMs,
      }),
    /** Lets time pass. */
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

test('who computes alone has the whole machine', async () => {
  const { add, pass } = workers();
  const only = add('only');
  only.began(4);
  pass(2_000);
  await only.look();
  expect([only.cores, only.isUndivided]).toEqual([4, true]);
});

test('two that are busy have half of it each, three a third', async () => {
  const { add, pass } = workers();
  const all = ['a', 'b', 'c'].map((name) => add(name));
  for (const share of all) share.began(4);
  pass(2_000);
  for (const share of all.slice(0, 2)) await share.look();
  expect(all[1]!.cores).toBe(2);
  await all[2]!.look();
  pass(2_000);
  await all[0]!.look();
  expect(all[0]!.cores).toBeCloseTo(4 / 3);
  expect(all[0]!.isUndivided).toBe(false);
});

test('what one leaves the other has', async () => {
  const { add, pass } = workers();
  const [light, heavy] = [add('light'), add('heavy')];
  heavy.began(4);
  // One thread, half of the time.
  light.began(1);
  pass(1_000);
  light.ended(1);
  pass(1_000);
  await light.look();
  await heavy.look();
  expect(heavy.cores).toBe(3.5);
  pass(2_000);
  await light.look();
  await heavy.look();
  expect([heavy.cores, heavy.isUndivided]).toEqual([4, true]);
});

test('who computes nothing says nothing, and whoever died is forgotten', async () => {
  const { add, pass } = workers();
  const [idle, dead, alive] = [add('idle'), add('dead'), add('alive')];
  pass(2_000);
  await world.redis.config('RESETSTAT');
  await idle.look();
  expect(await world.redis.info('commandstats')).not.toMatch(/cmdstat_h/);
  dead.began(4);
  alive.began(4);
  pass(2_000);
  await dead.look();
  await alive.look();
  expect(alive.cores).toBe(2);
  pass(announcementTtlMs);
  await alive.look();
  expect(alive.cores).toBe(4);
  expect(await world.redis.hkeys(keys.machine('machine'))).toEqual(['alive']);
  expect(await world.redis.pttl(keys.machine('machine'))).toBeGreaterThan(0);
});

test('machines know nothing of each other', async () => {
  const { add, pass } = workers();
  const [here, there] = [add('here', 'one'), add('there', 'two')];
  for (const share of [here, there]) share.began(4);
  pass(2_000);
  await there.look();
  await here.look();
  expect(here.cores).toBe(4);
});

test('who leaves takes nothing along', async () => {
  const { add, pass } = workers();
  const [leaves, stays] = [add('leaves'), add('stays')];
  for (const share of [leaves, stays]) share.began(4);
  pass(2_000);
  await leaves.look();
  await leaves.stop();
  await stays.look();
  expect(stays.cores).toBe(4);
});
