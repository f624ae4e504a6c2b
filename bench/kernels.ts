/**
 * How long the arithmetic around an inference takes: pictures to tensors, tensors to detections, suppression. Each
 * kernel runs in turn with the same written plainly, in one process, and the ratio of the two is what counts.
 *   node bench/kernels.ts [--only '^unpack rows'] [--budget-ms 500] [--json]
 */
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { kernelCases } from './kernels/cases.ts';
import type { KernelTimes } from './kernels/measure.ts';

const { values } = parseArgs({
  options: {
    /** A regular expression for the names of cases. */
    only: { type: 'string', default: '' },
    /** For each case, after a third of it to warm up. */
    'budget-ms': { type: 'string', default: '500' },
    json: { type: 'boolean', default: false },
  },
});

const measure = (name: string): Promise<KernelTimes> =>
  new Promise((resolve, reject) => {
    const workerData = { name, budgetMs: Number(values['budget-ms']) };
    const thread = new Worker(new URL('./kernels/measure.ts', import.meta.url), { workerData });
    thread.once('message', resolve).once('error', reject);
  });

const milliseconds = (value: number): string => value.toFixed(value < 1 ? 3 : 1).padStart(9);
const names = kernelCases.map(({ name }) => name).filter((name) => new RegExp(values.only).test(name));
const width = Math.max(...names.map(({ length }) => length));
const results: ({ name: string } & KernelTimes)[] = [];
if (!values.json) console.log(`${'case'.padEnd(width)}  plain, ms   ours, ms    ratio`);
for (const name of names) {
  const times = await measure(name);
  results.push({ name, ...times });
  const { plainMs, oursMs, ratio } = times;
  if (values.json) continue;
  console.log(
    `${name.padEnd(width)}  ${milliseconds(plainMs)}  ${milliseconds(oursMs)}  ${ratio.toFixed(2).padStart(7)}`,
  );
}
if (values.json) console.log(JSON.stringify(results, undefined, 2));
