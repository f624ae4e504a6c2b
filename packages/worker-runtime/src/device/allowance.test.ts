import { expect, test } from 'vitest';
import { readAllowance, withinGroups } from './allowance.ts';

const gigabyte = 1024 ** 3;
const machine = { cores: 8, bytesFree: 32 * gigabyte };
const within = (files: Readonly<Record<string, string>>, of = machine) =>
  withinGroups((path) => files[path], of);
const groups = { '/proc/self/cgroup': '0::/\n' };

test.each([
  ['nothing is limited', 'max 100000\n', 8],
  ['two processors', '200000 100000\n', 2],
  ['one and a half', '150000 100000\n', 1],
  ['half a one', '50000 100000\n', 1],
  ['more than there are', '6400000 100000\n', 8],
])('a container of version 2 that may use %s', (_what, content, cores) => {
  expect(within({ ...groups, '/sys/fs/cgroup/cpu.max': content }).cores).toBe(cores);
});

test.each([
  ['nothing is limited', '-1\n', 8],
  ['three processors', '300000\n', 3],
])('a container of version 1, which sees the path of its host: %s', (_what, quota, cores) => {
  const files = {
    '/proc/self/cgroup': '9:name=systemd:/docker/4f\n4:cpu,cpuacct:/docker/4f\n',
    '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': quota,
    '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
  };
  expect(within(files).cores).toBe(cores);
});

test('the tightest limit on the way up holds', () => {
  const files = {
    '/proc/self/cgroup': '0::/system.slice/shoal.service\n',
    '/sys/fs/cgroup/system.slice/cpu.max': '200000 100000\n',
    '/sys/fs/cgroup/system.slice/shoal.service/cpu.max': '400000 100000\n',
    '/sys/fs/cgroup/system.slice/memory.max': `${4 * gigabyte}\n`,
    '/sys/fs/cgroup/system.slice/memory.current': `${gigabyte}\n`,
    '/sys/fs/cgroup/system.slice/shoal.service/memory.max': 'max\n',
  };
  expect(within(files)).toEqual({ cores: 2, bytesFree: 3 * gigabyte });
});

test('files that the kernel would give up are no memory that is used', () => {
  const files = {
    ...groups,
    '/sys/fs/cgroup/memory.max': `${4 * gigabyte}\n`,
    '/sys/fs/cgroup/memory.current': `${3 * gigabyte}\n`,
    '/sys/fs/cgroup/memory.stat': `anon ${gigabyte}\nactive_file 7\ninactive_file ${2 * gigabyte}\n`,
  };
  expect(within(files).bytesFree).toBe(3 * gigabyte);
});

test('memory of version 1 is limited, or by a number beyond all memory not', () => {
  const limited = (bytes: string) => ({
    '/proc/self/cgroup': '5:memory:/docker/4f\n',
    '/sys/fs/cgroup/memory/memory.limit_in_bytes': bytes,
    '/sys/fs/cgroup/memory/memory.usage_in_bytes': `${gigabyte}\n`,
    '/sys/fs/cgroup/memory/memory.stat': `inactive_file 5\ntotal_inactive_file ${gigabyte / 2}\n`,
  });
  expect(within(limited(`${2 * gigabyte}\n`)).bytesFree).toBe(1.5 * gigabyte);
  expect(within(limited('9223372036854771712\n')).bytesFree).toBe(32 * gigabyte);
});

test('a group that holds more than it may has nothing left, and a machine without groups has all', () => {
  const full = { '/sys/fs/cgroup/memory.max': '1000\n', '/sys/fs/cgroup/memory.current': '3000\n' };
  expect(within({ ...groups, ...full }).bytesFree).toBe(0);
  expect(within({})).toEqual(machine);
});

test('this process may use at least one processor and some memory', () => {
  const { cores, bytesFree } = readAllowance();
  expect(cores).toBeGreaterThanOrEqual(1);
  expect(bytesFree).toBeGreaterThan(0);
});
