/** The picture of a report: for each photograph, the stack's throughput by callers beside the ceiling. */
import { chartColours, drawChart } from '../apps/cli/src/charts/draw-chart.ts';
import type { BenchReport } from './run-bench.ts';

/** Resolves to one `<svg>`. */
export function drawReport({ pictures = [], model, startedAt, machine }: BenchReport): Promise<string> {
  const bars = pictures.flatMap(({ picture, rows }) =>
    rows.map(({ form, concurrency, ofCeiling }) => ({ picture, form, concurrency, share: ofCeiling })),
  );
  const [colour, other] = [chartColours.blue, chartColours.orange];
  return drawChart({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: {
      text: `The whole stack, as a share of what the machine can do at all (${model})`,
      subtitle: `Images a second through HTTP and Redis over those of a bare loop, same run; ${machine.cores} cores, ${startedAt.slice(0, 10)}`,
      subtitleColor: chartColours.grey,
    },
    description: 'Share of the ceiling by photograph, form of the request and number of callers',
    data: { values: bars },
    facet: { column: { field: 'picture', title: null } },
    spec: {
      width: 230,
      height: 200,
      layer: [
        {
          mark: { type: 'bar', cornerRadiusEnd: 2 },
          encoding: {
            x: { field: 'concurrency', type: 'ordinal', title: 'callers', axis: { labelAngle: 0 } },
            xOffset: { field: 'form' },
            y: {
              field: 'share',
              type: 'quantitative',
              title: 'of the ceiling',
              scale: { domainMin: 0 },
              axis: { format: '.0%' },
            },
            color: {
              field: 'form',
              type: 'nominal',
              title: null,
              scale: { domain: ['raw', 'multipart'], range: [colour, other] },
              legend: { orient: 'top' },
            },
          },
        },
        {
          mark: { type: 'rule', strokeDash: [4, 3], color: chartColours.grey },
          encoding: { y: { datum: 1 } },
        },
      ],
    },
  });
}
