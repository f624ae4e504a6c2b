/**
 * `npm run fuzz`: starts a stack of its own on 127.0.0.1, sends it thousands of hostile requests, and says what came of
 * them. Ends with status 1 when a single one was answered wrongly, or the stack suffered.
 *   npm run fuzz -- --cases 20000 --seed 1 --kinds images,multipart,json,headers,slow --lanes 8 --within-ms 10000
 *   npm run fuzz -- --replay FILE
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readCase, writeCase } from './case-file.ts';
import { kinds, type Kind } from './fuzz-case.ts';
import { startFuzzStack } from './fuzz-stack.ts';
import { judge } from './judge.ts';
import { caseMaker } from './make-cases.ts';
import { printReport } from './print-report.ts';
import { runFuzz } from './run-fuzz.ts';
import { sendCase } from './send-case.ts';
import { shareOut } from './share-out.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    kinds: { type: 'string', default: kinds.join() },
    lanes: { type: 'string', default: '8' },
    'within-ms': { type: 'string', default: '10000' },
    failures: { type: 'string' },
    replay: { type: 'string' },
  },
});

// The stack ends with this process only where it ends by itself.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const uploadTimeoutMs = 3_000;
/** On a machine that is busy with other things as well, more than the default. */
const withinMs = Number(values['within-ms']);
/** A server that fails everything would fill the disk. */
const filesMax = 100;

async function replay(file: string): Promise<boolean> {
  const { hostile } = await readCase(file);
  const stack = await startFuzzStack({ uploadTimeoutMs });
  const allowedMs = hostile.withinMs ?? withinMs;
  const outcome = await sendCase(Number(new URL(stack.url).port), hostile, allowedMs + 500);
  console.log(`${hostile.kind}, ${hostile.name}: ${outcome.end} after ${Math.round(outcome.ms)} ms`);
  if (outcome.response !== undefined) {
    console.log(outcome.response.status, outcome.response.body.toString('utf8', 0, 2_000));
  }
  const violation = judge(hostile, outcome, allowedMs);
  console.log(violation === undefined ? 'nothing is wrong with that' : `wrong: ${violation}`);
  console.log([stack.gateway, ...stack.workers].map(({ text }) => text).join(''));
  await stack.stop();
  return violation === undefined;
}

async function fuzz(): Promise<boolean> {
  const seed = Number(values.seed);
  const chosen = values.kinds.split(',').filter((kind): kind is Kind => kinds.includes(kind as Kind));
  const makeCase = await caseMaker(seed, uploadTimeoutMs);
  const stack = await startFuzzStack({ uploadTimeoutMs });
  let folder = values.failures;
  let [files, lastLineMs] = [0, 0];
  const startedMs = performance.now();
  const report = await runFuzz({
    stack,
    makeCase,
    counts: shareOut(Number(values.cases), chosen),
    lanes: Number(values.lanes),
    withinMs,
    onFailure: async (failure) => {
      files += 1;
      folder ??= await mkdtemp(path.join(tmpdir(), 'shoal-fuzz-'));
      const { kind, name } = failure.hostile;
      const file = files > filesMax ? '' : ` (${await writeCase(folder, { ...failure, seed })})`;
      console.log(`${kind} ${failure.index}, ${name}: ${failure.violation}${file}`);
    },
    onProgress: (done, of) => {
      if (performance.now() - lastLineMs < 5_000 && done < of) return;
      lastLineMs = performance.now();
      console.log(`${done} of ${of} after ${Math.round((lastLineMs - startedMs) / 1000)} s`);
    },
  });
  await stack.stop();
  printReport(report, seed);
  return report.failures === 0 && report.violations.length === 0;
}

const isWell = values.replay === undefined ? await fuzz() : await replay(values.replay);
process.exit(isWell ? 0 : 1);
