/** The result of a run as text for a terminal. It prints nothing itself. */
import type { Bucket, FailureCount, Percentiles, StressResult } from './stress-result.ts';

export function writeSummary(result: StressResult): string {
  const { sent, succeeded, failed, seconds, perS, sentMBPerS, latencyMs, failures } = result;
  return [
    `${result.url} · ${result.model} · ${result.form} · ${describeSchedule(result)}`,
    '',
    `${number(sent)} sent in ${fixed(seconds, seconds < 10 ? 2 : 1)} s${result.isInterrupted ? ', ended early' : ''}: ${number(succeeded)} succeeded, ${number(failed)} failed`,
    `${fixed(perS, 1)} images/s, ${fixed(sentMBPerS, 2)} MB/s sent`,
    ...describeLateness(result),
    '',
    ...table(countRows(result)),
    ...(latencyMs === null ? [] : ['', ...percentileLines(latencyMs)]),
    ...(result.histogram.length === 0 ? [] : ['', ...histogramLines(result.histogram)]),
    ...(failures.length === 0 ? [] : ['', ...failureLines(failures)]),
  ].join('\n');
}

export function describeSchedule({ schedule }: Pick<StressResult, 'schedule'>): string {
  return schedule.kind === 'closed'
    ? `${number(schedule.concurrency)} at a time`
    : `${schedule.perS} a second, seed ${schedule.seed}`;
}

/** One sentence when the schedule of an open loop was not kept, and why; else none. */
export function describeLateness({
  heldBack,
  sentLate,
  sent,
}: Pick<StressResult, 'heldBack' | 'sentLate' | 'sent'>): string[] {
  const of = ` of ${number(sent)} were sent late, because `;
  if (heldBack > 0) {
    return [`the rate was not kept: ${number(heldBack)}${of}as many as --in-flight allows were under way`];
  }
  if (sentLate === 0) return [];
  return [`the rate was not kept: ${number(sentLate)}${of}the machine that sends did not get to it in time`];
}

/** By status and code, the most frequent kind of failure first. */
export function countRows({
  byStatus,
  failures,
}: Pick<StressResult, 'byStatus' | 'failures'>): [string, string][] {
  const codes = new Map<string, number>();
  for (const { status, code, count } of failures) {
    const name = status === 0 ? `no answer, ${code}` : `${status} ${code}`;
    codes.set(name, (codes.get(name) ?? 0) + count);
  }
  const failed = failures.reduce((sum, { status, count }) => sum + (status === 200 ? count : 0), 0);
  const succeeded = (byStatus['200'] ?? 0) - failed;
  return [
    ...(succeeded > 0 ? [['200', number(succeeded)] as [string, string]] : []),
    ...[...codes].map(([name, count]) => [name, number(count)] as [string, string]),
  ];
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const widths = [0, 1].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)));
  return rows.map(([name, value]) => `  ${name.padEnd(widths[0]!)}  ${value.padStart(widths[1]!)}`);
}

function percentileLines(latencyMs: Percentiles): string[] {
  const columns = Object.entries(latencyMs).map(([name, ms]) => {
    const text = milliseconds(ms as number);
    const width = Math.max(name.length, text.length);
    return [name.padStart(width), text.padStart(width)] as const;
  });
  return [
    'latency of those that succeeded, in ms',
    ...[0, 1].map((line) => `  ${columns.map((column) => column[line]).join('  ')}`),
  ];
}

const barWidth = 40;
const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

function histogramLines(histogram: readonly Bucket[]): string[] {
  const most = Math.max(...histogram.map(({ count }) => count));
  const total = histogram.reduce((sum, { count }) => sum + count, 0);
  const labels = histogram.map(({ fromMs, toMs }) => [milliseconds(fromMs), milliseconds(toMs)] as const);
  const width = Math.max(...labels.flat().map(({ length }) => length));
  const counts = histogram.map(({ count }) => number(count));
  const countWidth = Math.max(...counts.map(({ length }) => length));
  return histogram.map(({ count }, index) => {
    const [from, to] = labels[index]!;
    const share = `${fixed((100 * count) / total, 1)} %`;
    const label = `  ${from.padStart(width)} – ${to.padStart(width)} ms`;
    return `${label}  ${bar(count / most).padEnd(barWidth)}  ${counts[index]!.padStart(countWidth)}  ${share.padStart(7)}`;
  });
}

/** What is there at all is seen. */
function bar(share: number): string {
  const parts = Math.max(share > 0 ? 1 : 0, Math.round(8 * barWidth * share));
  return '█'.repeat(Math.floor(parts / 8)) + eighths[parts % 8]!;
}

const failuresShownMax = 10;

function failureLines(failures: readonly FailureCount[]): string[] {
  const shown = failures.slice(0, failuresShownMax);
  const left = failures.length - shown.length;
  return [
    'what failed',
    ...shown.map(
      ({ status, code, message, count }) =>
        `  ${number(count)} × ${status === 0 ? '' : `${status} `}${code}: ${message}`,
    ),
    ...(left > 0 ? [`  and ${left} other messages`] : []),
  ];
}

/** Three digits or so, which is what the histogram keeps. */
function milliseconds(ms: number): string {
  if (ms >= 100) return fixed(ms, 0);
  return fixed(ms, ms >= 10 ? 1 : 2);
}

/** The same on every machine, whatever its language. */
const number = (value: number): string => value.toLocaleString('en');
const fixed = (value: number, digits: number): string =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
