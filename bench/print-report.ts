/** A report for people: tables for a terminal, and what was promised beside what was measured. */
import type { BenchReport } from './run-bench.ts';
import { isMet, targetsOf } from './targets.ts';

type Cells = readonly (string | number)[];

export function printReport(report: BenchReport): string {
  const { machine, commit, startedAt } = report;
  const parts = [
    `${startedAt}, commit ${commit}: ${machine.cores} cores of ${machine.cpu}, ${machine.memoryGiB} GiB, Node ${machine.node}`,
    ...pictures(report),
    ...exchange(report),
    ...scale(report),
    `Targets\n${table(
      ['', 'measured', 'target', ''],
      targetsOf(report).map((target) => [
        target.name,
        `${round(target.value)} ${target.unit}`.trim(),
        `${target.is} ${target.target} ${target.unit}`.trim(),
        isMet(target) ? 'met' : 'NOT MET',
      ]),
    )}`,
  ];
  return parts.join('\n\n');
}

function pictures({ pictures: measured = [], model }: BenchReport): string[] {
  return measured.map(({ picture, ceiling, alone, rows }) => {
    const head = ['', 'callers', 'a second', 'of ceiling', 'p50', 'p95', 'p99', 'added', 'CPU ms per image'];
    const body: Cells[] = [
      ['ceiling', '', ceiling.perS, 1, '', '', '', '', round(ceiling.cpuMsPerImage)],
      ['ceiling, alone', 1, alone.perS, '', alone.p50Ms, '', '', '', round(alone.cpuMsPerImage)],
      ...rows.map((row) => [
        row.form,
        row.concurrency,
        row.perS,
        row.ofCeiling,
        row.p50Ms,
        row.p95Ms,
        row.p99Ms,
        row.concurrency === 1 ? row.addedMs : '',
        cpu(row.cpuMsPerImage),
      ]),
    ];
    const threading = (of: typeof ceiling) => `${of.threads} x ${of.intraOpThreads}`;
    return `${model}, ${picture} (ceiling: ${threading(ceiling)} threads, alone ${threading(alone)})\n${table(head, body)}`;
  });
}

function exchange({ exchange: rows, queuedBytes, idle }: BenchReport): string[] {
  const found = [];
  if (rows !== undefined) {
    const body = rows.map((row) => [
      row.concurrency,
      row.perS,
      row.p50Ms,
      row.p95Ms,
      row.p99Ms,
      cpu(row.cpuMsPerImage),
    ]);
    const head = ['callers', 'a second', 'p50', 'p95', 'p99', 'CPU ms per request'];
    found.push(`The exchange alone, ${rows[0]?.uploadBytes} bytes each\n${table(head, body)}`);
  }
  if (queuedBytes !== undefined) {
    const { uploadBytes, bytesPerJob, bareBytes, beyondBareBytes } = queuedBytes;
    found.push(
      `A queued job of ${uploadBytes} bytes holds ${round(bytesPerJob)} in Redis: ` +
        `${bareBytes} for a string of that length, and ${round(beyondBareBytes)} more`,
    );
  }
  if (idle !== undefined) {
    const shares = Object.entries(idle).map(([name, share]) => `${name} ${round(share)} %`);
    found.push(`Idle, of one core: ${shares.join(', ')}`);
  }
  return found;
}

function scale({ depth, workers, waitingMemory }: BenchReport): string[] {
  const found = [];
  if (depth !== undefined) {
    const head = ['waiting', 'enqueue, us in Redis', 'take, us in Redis', '202 after ms'];
    const body = depth.map((row) => [row.waiting, row.enqueueUs, row.takeUs, row.acceptedMs]);
    found.push(`By depth of the queue\n${table(head, body)}`);
  }
  if (workers !== undefined) {
    const body = workers.map((row) => [row.workers, row.perS, row.ofLinear]);
    found.push(`A model that sleeps\n${table(['workers', 'a second', 'of linear'], body)}`);
  }
  if (waitingMemory !== undefined) {
    const { bytesPerClient, uploadBytes } = waitingMemory;
    found.push(
      `A client that waits with ${uploadBytes} bytes: ${round(bytesPerClient)} bytes in the gateway`,
    );
  }
  return found;
}

function cpu(ofProcesses: Readonly<Record<string, number>>): string {
  return Object.entries(ofProcesses)
    .map(([name, ms]) => `${name} ${round(ms)}`)
    .join(', ');
}

function table(head: Cells, body: readonly Cells[]): string {
  const rows = [head, ...body].map((cells) =>
    cells.map((cell) => (typeof cell === 'number' ? round(cell) : cell)),
  );
  const widths = head.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  const isText = (column: number) => column === 0 || column === head.length - 1;
  return rows
    .map((cells) =>
      cells
        .map((cell, column) =>
          isText(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Three digits that count. */
function round(value: number): string {
  if (value === 0 || Math.abs(value) >= 100) return value.toFixed(0);
  return Number(value.toPrecision(3)).toString();
}
