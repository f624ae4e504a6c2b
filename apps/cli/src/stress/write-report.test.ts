import { describe, expect, test } from 'vitest';
import type { StressOutcome } from './run-stress.ts';
import { writeReport } from './write-report.ts';

const outcome: StressOutcome = {
  result: {
    url: 'http://127.0.0.1:8082',
    model: '<b>model</b>',
    form: 'raw',
    schedule: { kind: 'open', perS: 20, seed: 1 },
    startedAt: '2026-01-02T03:04:05.000Z',
    seconds: 3,
    sent: 61,
    succeeded: 60,
    failed: 1,
    byStatus: { '200': 60, '500': 1 },
    failures: [{ status: 500, code: 'internal', message: '<script>alert(1)</script>', count: 1 }],
    perS: 20,
    sentMBPerS: 2,
    latencyMs: { min: 8, mean: 21.5, p50: 20, p90: 31, p95: 40, p99: 123, max: 600 },
    histogram: [
      { fromMs: 8, toMs: 50, count: 50 },
      { fromMs: 50, toMs: 600, count: 10 },
    ],
    overTime: [
      { s: 0, perS: 20, p50Ms: 21, failed: 0 },
      { s: 1, perS: 19, p50Ms: null, failed: 1 },
      { s: 2, perS: 21, p50Ms: 20, failed: 0 },
    ],
    cpu: { userMs: 100, systemMs: 50 },
    heldBack: 0,
    sentLate: 0,
    isInterrupted: false,
  },
  curve: [
    { percent: 10, ms: 9 },
    { percent: 50, ms: 20 },
    { percent: 95, ms: 40 },
  ],
};

const titlesOf = (html: string): (string | undefined)[] =>
  [...html.matchAll(/<figure>.*?<\/figure>/gs)].map(
    ([figure]) => /role-title.*?<text[^>]*>([^<]+)<\/text>/s.exec(figure)?.[1],
  );

describe('the report', () => {
  test('has four plots, the counts, the failures and the settings, and needs nothing else', async () => {
    const html = await writeReport(outcome, [['pictures', 'a & b.jpg']]);
    expect(titlesOf(html)).toEqual(['Throughput', 'Latency over time', 'Latencies', 'Percentiles']);
    expect(html).toContain('<td>500 internal</td><td>1</td>');
    expect(html).toContain('<td>p99</td><td>123</td>');
    expect(html).toContain('<td>pictures</td><td>a &#38; b.jpg</td>');
    expect(html).not.toMatch(/<(?:script|link|img|iframe)|(?:src|href)=|@import|url\(/);
  });

  test('what a server says is text, never markup', async () => {
    const html = await writeReport(outcome, []);
    expect(html).toContain('&#60;script&#62;alert(1)&#60;/script&#62;');
    expect(html).toContain('&#60;b&#62;model&#60;/b&#62;');
  });

  test('says so when the rate was not kept', async () => {
    const { result } = outcome;
    expect(await writeReport({ ...outcome, result: { ...result, heldBack: 5 } }, [])).toContain(
      'the rate was not kept: 5 of 61',
    );
  });

  test('is written of a run without any success as well', async () => {
    const nothing = { latencyMs: null, histogram: [], succeeded: 0, perS: 0 };
    const html = await writeReport({ result: { ...outcome.result, ...nothing }, curve: [] }, []);
    expect(titlesOf(html)).toEqual(['Throughput', 'Latency over time']);
  });
});
