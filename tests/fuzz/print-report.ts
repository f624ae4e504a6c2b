/** What a run saw, for people. */
import type { FuzzReport } from './run-fuzz.ts';
import { inMb } from './watch-processes.ts';

export function printReport(report: FuzzReport, seed: number): void {
  const { answers, slowestMs, goodMs, goodRefusals, growth, violations, failures } = report;
  console.log(`\nseed ${seed}`);
  for (const [kind, counts] of Object.entries(answers)) {
    const cases = Object.values(counts).reduce((sum, count) => sum + count, 0);
    console.log(`\n${kind}: ${cases} cases, the slowest answer after ${Math.round(slowestMs[kind] ?? 0)} ms`);
    for (const [label, count] of Object.entries(counts).sort((a, b) => b[1] - a[1])) {
      console.log(`${String(count).padStart(8)}  ${label}`);
    }
  }
  const part = (fraction: number): number =>
    Math.round(goodMs[Math.floor((goodMs.length - 1) * fraction)] ?? 0);
  console.log(
    `\n${goodMs.length} good pictures meanwhile: ${part(0.5)} ms at the median, ${part(1)} ms at most, ${goodRefusals} refused`,
  );
  console.log('\nresident memory      after a third     at the end     at most');
  for (const { name, warmBytes, endBytes, peakBytes } of growth) {
    const [warm, end, peak] = [warmBytes, endBytes, peakBytes].map((bytes) => inMb(bytes).padStart(14)) as [
      string,
      string,
      string,
    ];
    console.log(`${name.padEnd(19)}${warm}${end}${peak}`);
  }
  console.log(`\n${failures} wrong answers, ${violations.length} things wrong with the stack`);
  for (const violation of violations) console.log(`  ${violation}`);
}
