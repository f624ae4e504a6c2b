/** A trace for people: the table of the steps, for a terminal. */
import type { TraceReport } from './run-trace.ts';

export function printBudget(report: TraceReport): string {
  const { machine, model, picture, pictureBytes, count, concurrency, client, budget, incomplete } = report;
  const lines = [
    `${count} times ${picture} (${pictureBytes} bytes) to ${model}, ${concurrency === 1 ? 'one at a time' : `${concurrency} at a time`}; ${machine.cores} cores of ${machine.cpu}, Node ${machine.node}`,
  ];
  if (budget === undefined) {
    lines.push(`the client: median ${ms(client.medianMs)} ms, p95 ${ms(client.p95Ms)} ms`);
  } else {
    const { steps, total, sumMs, unaccountedMs } = budget;
    const share = (part: number): string => percent(part / total.medianMs);
    const rows: (readonly string[])[] = [
      ['step', 'median, ms', 'p95, ms', 'share'],
      ...steps.map((step) => [step.name, ms(step.medianMs), ms(step.p95Ms), percent(step.share)]),
      ['all steps', ms(sumMs), '', share(sumMs)],
      ['not accounted for', ms(unaccountedMs), '', share(unaccountedMs)],
      ['the client', ms(total.medianMs), ms(total.p95Ms), percent(1)],
    ];
    lines.push(table(rows));
  }
  if (incomplete.length > 0) {
    const missing = [...new Set(incomplete.flatMap((request) => request.missing))];
    lines.push(
      `${incomplete.length} requests are left out, of which was not recorded: ${missing.join(', ')}`,
    );
  }
  return lines.join('\n\n');
}

const ms = (value: number): string => value.toFixed(2);
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  ');
  return rows.map(line).join('\n');
}
