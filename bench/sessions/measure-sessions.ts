/** One case in a process of its own: threads that were there before would be measured with it. Prints the figures as JSON. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { SessionFigures } from './session-case.ts';
import type { ThreadData, ThreadFigures } from './session-thread.ts';

// Only the main thread can write the environment that the runtime reads.
process.env['ORT_DISABLE_TELEMETRY'] = '1';
const data = JSON.parse(process.argv[2]!) as ThreadData;
const seconds = Number(process.argv[3]);
const threads = Array.from(
  { length: data.measured.threads },
  () => new Worker(new URL('session-thread.ts', import.meta.url), { workerData: data }),
);
await Promise.all(threads.map((thread) => once(thread, 'message')));
const cpu = process.cpuUsage();
const startedMs = performance.now();
const untilMs = Date.now() + 1000 * seconds;
const replies = threads.map((thread) => {
  const reply = once(thread, 'message') as Promise<[ThreadFigures]>;
  // eslint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  thread.postMessage(untilMs);
  return reply;
});
const figures = (await Promise.all(replies)).map(([reply]) => reply);
const { user, system } = process.cpuUsage(cpu);
const pictures = figures.reduce((sum, reply) => sum + reply.pictures, 0);
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const isAlone = data.measured.load === 'alone';
const result: SessionFigures = {
  perS: (1000 * pictures) / (performance.now() - startedMs),
  runMs: median(figures.flatMap(({ runsMs }) => runsMs)),
  cpuMs: isAlone ? median(figures[0]!.cpusMs) : (user + system) / 1000 / pictures,
  pauseCpuMs: median(figures[0]!.pauseCpusMs),
  rssMb: process.memoryUsage.rss() / 1e6,
};
console.log(JSON.stringify(result));
process.exit();
