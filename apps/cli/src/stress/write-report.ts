/** The result of a run as one HTML file that needs nothing else: plots, counts, settings. No script is in it. */
import { drawChart, escapeXml } from '../charts/draw-chart.ts';
import { histogramChart, latencyChart, percentileChart, throughputChart } from './report-charts.ts';
import type { StressOutcome } from './run-stress.ts';
import type { StressResult } from './stress-result.ts';
import { countRows, describeLateness, describeSchedule } from './write-summary.ts';

/** What was asked for beside what the result says; nothing secret may be in it. */
export type Settings = readonly (readonly [name: string, value: string])[];

export async function writeReport({ result, curve }: StressOutcome, settings: Settings): Promise<string> {
  const { overTime, histogram } = result;
  const specs = [
    throughputChart(overTime),
    latencyChart(overTime),
    ...(histogram.length === 0 ? [] : [histogramChart(histogram)]),
    ...(curve.length === 0 ? [] : [percentileChart(curve)]),
  ];
  const charts = await Promise.all(specs.map((spec) => drawChart(spec)));
  const title = `Stress test of ${result.url}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeXml(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escapeXml(title)}</h1>
<p>${escapeXml(`${result.model}, ${result.form}, ${describeSchedule(result)}; ${result.startedAt}`)}</p>
${figures(result)}
${describeLateness(result)
  .map((sentence) => `<p class="warning">${escapeXml(sentence)}</p>`)
  .join('')}
<div class="charts">
${charts.map((svg) => `<figure>${svg}</figure>`).join('\n')}
</div>
${table('Answers', ['status and code', 'requests'], countRows(result))}
${latencies(result)}
${failures(result)}
${table('Settings', ['', ''], [...settings, ['start', result.startedAt]])}
</body>
</html>
`;
}

const style = `
:root{color-scheme:light dark;--text:#1f2328;--soft:#57606a;--back:#fff;--line:#d0d7de;--bad:#bc4c00}
@media (prefers-color-scheme:dark){:root{--text:#e6edf3;--soft:#9da7b3;--back:#161b22;--line:#30363d;--bad:#f0883e}}
body{margin:2rem auto;padding:0 1rem;max-width:64rem;font:15px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif;color:var(--text);background:var(--back)}
h1{font-size:1.4rem;overflow-wrap:anywhere}h2{font-size:1.05rem;margin-top:2rem}p{color:var(--soft)}
.figures{display:flex;flex-wrap:wrap;gap:.5rem 2.5rem;margin:1.5rem 0;padding:0}
.figures div{display:flex;flex-direction:column-reverse}.figures dt{color:var(--soft)}.figures dd{margin:0;font-size:1.4rem}
.warning,.failed dd{color:var(--bad)}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,28rem),1fr));gap:1rem}
figure{margin:0}svg{max-width:100%;height:auto}
table{border-collapse:collapse;width:100%}th{text-align:left;font-weight:600}
td,th{padding:.3rem .8rem .3rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere;vertical-align:top}
td:not(:first-child){font-variant-numeric:tabular-nums}`;

function figures({
  sent,
  succeeded,
  failed,
  perS,
  sentMBPerS,
  seconds,
  isInterrupted,
}: StressResult): string {
  const entries: [string, string, boolean][] = [
    ['sent', number(sent), false],
    ['succeeded', number(succeeded), false],
    ['failed', number(failed), failed > 0],
    ['images a second', number(perS), false],
    ['MB a second sent', number(sentMBPerS), false],
    [isInterrupted ? 'seconds, ended early' : 'seconds', number(seconds), false],
  ];
  const list = entries.map(
    ([name, value, isBad]) => `<div${isBad ? ' class="failed"' : ''}><dt>${name}</dt><dd>${value}</dd></div>`,
  );
  return `<dl class="figures">${list.join('')}</dl>`;
}

function latencies({ latencyMs }: StressResult): string {
  if (latencyMs === null) return '';
  const rows = Object.entries(latencyMs).map(
    ([name, ms]) => [name, number(ms as number)] as [string, string],
  );
  return table('Latency of those that succeeded', ['', 'ms'], rows);
}

function failures({ failures: list }: StressResult): string {
  if (list.length === 0) return '';
  const rows = list.map(({ status, code, message, count }) => [
    number(count),
    status === 0 ? `no answer, ${code}` : `${status} ${code}`,
    message,
  ]);
  return table('What failed', ['requests', 'status and code', 'message'], rows);
}

function table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const heading = head.some((text) => text !== '') ? `<thead>${line('th', head)}</thead>` : '';
  const body = rows.map((row) => line('td', row)).join('\n');
  return `<h2>${title}</h2>\n<table>${heading}<tbody>\n${body}\n</tbody></table>`;
}

const line = (cell: 'td' | 'th', texts: readonly string[]): string =>
  `<tr>${texts.map((text) => `<${cell}>${escapeXml(text)}</${cell}>`).join('')}</tr>`;

const number = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 2 });
