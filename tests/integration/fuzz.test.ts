/** A few hundred hostile requests of each kind, the same ones every time; `npm run fuzz` sends thousands. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { readCase, writeCase } from '../fuzz/case-file.ts';
import { kinds, type FuzzCase } from '../fuzz/fuzz-case.ts';
import { startFuzzStack } from '../fuzz/fuzz-stack.ts';
import { caseMaker } from '../fuzz/make-cases.ts';
import { runFuzz, type Failure } from '../fuzz/run-fuzz.ts';
import type { Stack } from '../support/stack.ts';

const uploadTimeoutMs = 2_000;
const withinMs = 10_000;

let stack: Stack;
beforeAll(async () => {
  stack = await startFuzzStack({ uploadTimeoutMs });
});
afterAll(() => stack.stop());

test(
  'every hostile request is answered in time and in form, the processes live on, and nothing is kept',
  { timeout: 180_000 },
  async () => {
    const failures: Failure[] = [];
    const report = await runFuzz({
      stack,
      makeCase: await caseMaker(20_261_120, uploadTimeoutMs),
      counts: { images: 250, multipart: 200, json: 200, headers: 250, slow: 14 },
      lanes: 8,
      withinMs,
      onFailure: (failure) => void failures.push(failure),
    });
    const told = failures.map(
      ({ hostile, index, violation }) => `${hostile.kind} ${index}, ${hostile.name}: ${violation}`,
    );
    expect([...told, ...report.violations]).toEqual([]);
    // Each kind met both ends of the range, or it was no test.
    for (const kind of ['images', 'multipart', 'json', 'headers']) {
      const statuses = Object.keys(report.answers[kind]!).map((label) => label.slice(0, 3));
      expect(statuses).toEqual(expect.arrayContaining(['200', '400']));
    }
    expect(report.answers['slow']).toMatchObject({ '408 upload_timeout': expect.any(Number) as number });
  },
);

const bytesOf = ({ steps }: FuzzCase): unknown =>
  steps.map((step) => (typeof step === 'number' ? step : Buffer.from(step)));

test('a case that failed is the same bytes again from its file, and from its seed', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'shoal-case-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const makeCase = await caseMaker(7, uploadTimeoutMs);
  for (const kind of kinds) {
    for (const index of [0, 1, 2]) {
      const hostile = makeCase(kind, index);
      expect(bytesOf(makeCase(kind, index))).toEqual(bytesOf(hostile));
      const file = await writeCase(folder, { hostile, index, seed: 7, violation: 'none' });
      const read = await readCase(file);
      expect(read).toMatchObject({
        seed: 7,
        index,
        violation: 'none',
        hostile: { kind, name: hostile.name },
      });
      expect(bytesOf(read.hostile)).toEqual(bytesOf(hostile));
    }
  }
});
