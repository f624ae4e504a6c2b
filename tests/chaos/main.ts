/**
 * `npm run chaos -- --seconds 600 --seed 1`: starts a stack of its own, breaks it at random for that long, and accounts for
 * every prediction that was accepted. Ends with status 0 only if none was lost, answered twice or answered wrongly.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startProcesses, type ProcessInstallationOptions } from './process-installation.ts';
import { tableOf } from './report.ts';
import { runChaos } from './run-chaos.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    seed: { type: 'string', default: '1' },
    rate: { type: 'string', default: '10' },
    model: { type: 'string', default: 'scripted' },
    gateways: { type: 'string', default: '2' },
    workers: { type: 'string', default: '3' },
    /** Anything but `always` shows what is lost then. */
    durability: { type: 'string', default: 'always' },
    json: { type: 'string' },
    /** A folder for what the services wrote. */
    logs: { type: 'string' },
  },
});

function refuse(name: string, expected: string, came: string | undefined): never {
  console.error(`--${name}: expected ${expected}, came ${came}`);
  process.exit(2);
}

function numberOf(name: 'seconds' | 'seed' | 'rate' | 'gateways' | 'workers'): number {
  const number = Number(values[name]);
  return Number.isFinite(number) && number > 0 ? number : refuse(name, 'a number above 0', values[name]);
}

function choiceOf<T extends string>(name: 'model' | 'durability', choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === values[name]);
  return choice ?? refuse(name, choices.join(' or '), values[name]);
}

const [seconds, seed, perSecond] = [numberOf('seconds'), numberOf('seed'), numberOf('rate')];
const options: ProcessInstallationOptions = {
  gateways: numberOf('gateways'),
  workers: numberOf('workers'),
  model: choiceOf('model', ['scripted', 'demo-yolo']),
  durability: choiceOf('durability', ['always', 'everysec', 'nothing']),
  logsFolder: values.logs,
};

const over = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (over.signal.aborted) process.exit(130);
    console.log('\nending: what was accepted is still accounted for (again to leave at once)');
    over.abort();
  });
}

console.log(
  `${options.gateways} gateways, ${options.workers} workers of ${options.model}, Redis; seed ${seed}`,
);
const installation = await startProcesses(options);
try {
  const report = await runChaos(installation, {
    seconds,
    seed,
    perSecond,
    gapMs: [3_000, 8_000],
    patienceMs: 90_000,
    signal: over.signal,
    say: (line) => console.log(line),
  });
  console.log(tableOf(report));
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
  process.exitCode = report.isGood ? 0 : 1;
} finally {
  await installation.stop();
}
// eslint-disable-next-line unicorn/no-process-exit -- connections that are kept alive would hold the process for a while
process.exit();
