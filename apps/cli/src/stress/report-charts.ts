/** The four plots of the report as specifications for `drawChart`. They draw nothing themselves. */
import { chartColours, type ChartSpec } from '../charts/draw-chart.ts';
import type { PercentileCurve } from './run-stress.ts';
import type { Bucket, Interval } from './stress-result.ts';

const schema = 'https://vega.github.io/schema/vega-lite/v6.json';
const size = { width: 420, height: 200 };
const pointsMax = 60;

export function throughputChart(overTime: readonly Interval[]): ChartSpec {
  return {
    $schema: schema,
    ...size,
    title: 'Throughput',
    description: 'Requests a second that succeeded and that failed, over time',
    data: { values: perSecond(overTime) },
    mark: lineOf(overTime.length),
    encoding: {
      x: { field: 's', type: 'quantitative', title: 'seconds' },
      y: { field: 'perS', type: 'quantitative', title: 'requests a second' },
      color: {
        field: 'outcome',
        type: 'nominal',
        title: null,
        scale: { domain: ['succeeded', 'failed'], range: [chartColours.blue, chartColours.orange] },
        legend: { orient: 'top' },
      },
    },
  };
}

/** Failures are counted by interval; beside successes a second they must be so many a second as well. */
function perSecond(overTime: readonly Interval[]) {
  const lengthS = (overTime[1]?.s ?? 1) - (overTime[0]?.s ?? 0);
  return overTime.flatMap(({ s, perS, failed }) => [
    { s, perS, outcome: 'succeeded' },
    { s, perS: failed / lengthS, outcome: 'failed' },
  ]);
}

export function latencyChart(overTime: readonly Interval[]): ChartSpec {
  return {
    $schema: schema,
    ...size,
    title: 'Latency over time',
    description: 'Median latency of those that succeeded, in milliseconds, over time',
    data: { values: overTime.map(({ s, p50Ms }) => ({ s, p50Ms })) },
    mark: lineOf(overTime.length, chartColours.blue),
    encoding: {
      x: { field: 's', type: 'quantitative', title: 'seconds' },
      y: { field: 'p50Ms', type: 'quantitative', title: 'median, ms' },
    },
  };
}

export function histogramChart(histogram: readonly Bucket[]): ChartSpec {
  const widest = (histogram.at(-1)?.toMs ?? 1) / (histogram[0]?.fromMs ?? 1);
  return {
    $schema: schema,
    ...size,
    title: 'Latencies',
    description: 'How many of those that succeeded took how long',
    data: { values: [...histogram] },
    mark: { type: 'bar', color: chartColours.blue, binSpacing: 1 },
    encoding: {
      x: {
        field: 'fromMs',
        type: 'quantitative',
        title: 'ms',
        bin: { binned: true },
        scale: widest > 20 ? { type: 'log', nice: false } : { zero: false, nice: false },
      },
      x2: { field: 'toMs' },
      y: { field: 'count', type: 'quantitative', title: 'requests' },
    },
  };
}

/** By what is left above, so that the last thousandth has as much room as the first tenths. */
export function percentileChart(curve: PercentileCurve): ChartSpec {
  return {
    $schema: schema,
    ...size,
    title: 'Percentiles',
    description: 'The latency that so many percent of those that succeeded did not exceed',
    data: { values: curve.map(({ percent, ms }) => ({ above: 100 / (100 - percent), ms })) },
    mark: lineOf(curve.length, chartColours.blue),
    encoding: {
      x: {
        field: 'above',
        type: 'quantitative',
        title: 'percent of requests',
        scale: { type: 'log', nice: false },
        axis: {
          values: [2, 10, 100, 1_000, 10_000, 100_000],
          labelExpr: "format(100 - 100 / datum.value, '~g')",
        },
      },
      y: { field: 'ms', type: 'quantitative', title: 'ms' },
    },
  };
}

/** A single point makes no line. */
function lineOf(points: number, color?: string) {
  const own = color === undefined ? {} : { color };
  return { type: 'line' as const, ...own, point: points <= pointsMax && { filled: true, ...own } };
}
