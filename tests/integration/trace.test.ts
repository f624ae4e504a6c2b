/** `node bench/trace.ts` on the demo model: it reads the diagnostics of other people's code, which may change with any upgrade. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { stepNames } from '../../bench/trace/join-events.ts';
import type { TraceReport } from '../../bench/trace/run-trace.ts';
import { repository } from '../support/service-process.ts';

async function trace(...options: string[]): Promise<TraceReport> {
  const given = ['bench/trace.ts', '--json', '--model', 'demo-yolo', '--warm-up', '5', ...options];
  const { stdout } = await promisify(execFile)(process.execPath, given, { cwd: repository });
  return JSON.parse(stdout) as TraceReport;
}

test('every step of every request is found, and together they are the time that the client waited', async () => {
  const { budget, incomplete, client, count } = await trace('--count', '15');
  expect(count).toBe(15);
  expect(incomplete).toEqual([]);
  expect(budget!.steps.map(({ name }) => name)).toEqual(stepNames);
  expect(budget!.sumMs / client.medianMs).toBeGreaterThan(0.6);
  expect(budget!.sumMs / client.medianMs).toBeLessThan(1.4);
  const shares = budget!.steps.map(({ name, meanMs }) => [name, meanMs / client.meanMs] as const);
  expect(shares.reduce((sum, [, share]) => sum + share, 0)).toBeCloseTo(1, 3);
  // Nothing is counted twice. What the worker says of itself is in whole milliseconds.
  expect(shares.filter(([, share]) => share < -0.05)).toEqual([]);
  const { decoded, inferred, ...others } = Object.fromEntries(shares);
  expect(decoded).toBeGreaterThan(0);
  expect(inferred).toBeGreaterThan(0);
  expect(others['Redis: bytes and ledger row written']).toBeGreaterThan(0);
}, 60_000);
