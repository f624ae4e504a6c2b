/**
 * What threads, batches and settings of the runtime bring: sessions alone, without queue and HTTP. Every case runs in a process of its own,
 * in turn with all others, several times; the best round of each is shown, since whatever else the machine does makes it worse.
 *   node bench/sessions.ts --model ../shared/models/yolov5n-coco [--only alone] [--seconds 2] [--rounds 5] [--quiet] [--json]
 */
import { execFile } from 'node:child_process';
import { availableParallelism, cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { readModelFolder } from '../packages/worker-runtime/src/testing/index.ts';
import { sessionCases, type SessionCase, type SessionFigures } from './sessions/session-case.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/demo-yolo' },
    /** Parts of the names of cases, separated by |. */
    only: { type: 'string', default: '' },
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '5' },
    /** Waits before each measurement until the machine does nothing else. */
    quiet: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const { manifest } = await readModelFolder(values.model);
const chosen = new RegExp(values.only);
const cases = sessionCases(availableParallelism(), manifest.maxBatch ?? 1).filter(({ name }) =>
  chosen.test(name),
);

async function measure(measured: SessionCase): Promise<SessionFigures> {
  const program = fileURLToPath(new URL('sessions/measure-sessions.ts', import.meta.url));
  const data = JSON.stringify({ measured, folder: values.model });
  const { stdout } = await promisify(execFile)(process.execPath, [program, data, values.seconds]);
  return JSON.parse(stdout) as SessionFigures;
}

const all = new Map<string, SessionFigures[]>(cases.map(({ name }) => [name, []]));
for (let round = 0; round < Number(values.rounds); round += 1) {
  for (const measured of cases) {
    if (values.quiet) await untilQuiet();
    all.get(measured.name)!.push(await measure(measured));
  }
}

const results = [...all].map(([name, rounds]) => ({ name, ...best(rounds) }));
if (values.json) console.log(JSON.stringify(results, undefined, 2));
else print();

function best(rounds: readonly SessionFigures[]): SessionFigures {
  const least = (key: keyof SessionFigures): number => Math.min(...rounds.map((figures) => figures[key]));
  return {
    perS: Math.max(...rounds.map(({ perS }) => perS)),
    runMs: least('runMs'),
    cpuMs: least('cpuMs'),
    pauseCpuMs: least('pauseCpuMs'),
    rssMb: least('rssMb'),
  };
}

function idleMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.idle, 0);
}

async function untilQuiet(): Promise<void> {
  for (let isQuiet = false; !isQuiet;) {
    const [before, sinceMs] = [idleMs(), performance.now()];
    await sleep(500);
    isQuiet = idleMs() - before > 0.9 * cpus().length * (performance.now() - sinceMs);
  }
}

function cell(value: number, digits: number): string {
  return value.toFixed(digits).padStart(9);
}

function print(): void {
  const width = Math.max(...results.map(({ name }) => name.length));
  console.log(`${''.padEnd(width)}   run, ms  images/s   CPU, ms   of pause   RSS, MB`);
  for (const { name, perS, runMs, cpuMs, pauseCpuMs, rssMb } of results) {
    const cells = [cell(runMs, 1), cell(perS, 1), cell(cpuMs, 1), cell(pauseCpuMs, 1), cell(rssMb, 0)];
    console.log(`${name.padEnd(width)} ${cells.join(' ')}`);
  }
}
