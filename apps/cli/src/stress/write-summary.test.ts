import { describe, expect, test } from 'vitest';
import type { StressResult } from './stress-result.ts';
import { writeSummary } from './write-summary.ts';

const result: StressResult = {
  url: 'http://127.0.0.1:8082',
  model: 'demo-yolo',
  form: 'multipart',
  schedule: { kind: 'closed', concurrency: 16 },
  startedAt: '2026-01-02T03:04:05.000Z',
  seconds: 20.04,
  sent: 1_005,
  succeeded: 1_000,
  failed: 5,
  byStatus: { '0': 1, '200': 1_001, '422': 3 },
  failures: [
    { status: 422, code: 'image_undecodable', message: 'the file ends too early', count: 2 },
    { status: 422, code: 'image_undecodable', message: 'its data are broken', count: 1 },
    { status: 200, code: 'success_false', message: 'it says success: false', count: 1 },
    { status: 0, code: 'timeout', message: 'no whole answer within 30 s', count: 1 },
  ],
  perS: 49.9,
  sentMBPerS: 1.75,
  latencyMs: { min: 8.123, mean: 21.5, p50: 20, p90: 31.04, p95: 40, p99: 123.4, max: 1_234.5 },
  histogram: [
    { fromMs: 8.1, toMs: 50, count: 960 },
    { fromMs: 50, toMs: 400, count: 0 },
    { fromMs: 400, toMs: 1_234.5, count: 40 },
  ],
  overTime: [{ s: 0, perS: 49.9, p50Ms: 20, failed: 5 }],
  cpu: { userMs: 100, systemMs: 50 },
  heldBack: 0,
  sentLate: 0,
  isInterrupted: false,
};

describe('the summary', () => {
  test('tells counts, rates, percentiles, the histogram and what failed', () => {
    expect(writeSummary(result).split('\n')).toEqual([
      'http://127.0.0.1:8082 · demo-yolo · multipart · 16 at a time',
      '',
      '1,005 sent in 20.0 s: 1,000 succeeded, 5 failed',
      '49.9 images/s, 1.75 MB/s sent',
      '',
      '  200                    1,000',
      '  422 image_undecodable      3',
      '  200 success_false          1',
      '  no answer, timeout         1',
      '',
      'latency of those that succeeded, in ms',
      '   min  mean   p50   p90   p95  p99    max',
      '  8.12  21.5  20.0  31.0  40.0  123  1,235',
      '',
      `   8.10 –  50.0 ms  ${'█'.repeat(40)}  960   96.0 %`,
      `   50.0 –   400 ms  ${' '.repeat(40)}    0    0.0 %`,
      `    400 – 1,235 ms  █▋${' '.repeat(38)}   40    4.0 %`,
      '',
      'what failed',
      '  2 × 422 image_undecodable: the file ends too early',
      '  1 × 422 image_undecodable: its data are broken',
      '  1 × 200 success_false: it says success: false',
      '  1 × timeout: no whole answer within 30 s',
    ]);
  });

  test('without a failure does not speak of any', () => {
    const good = { ...result, failures: [], byStatus: { '200': 1_000 } };
    expect(writeSummary(good)).not.toContain('what failed');
  });

  test('without a success has no latencies', () => {
    const text = writeSummary({ ...result, latencyMs: null, histogram: [] });
    expect(text).not.toContain('latency');
  });

  test('says when the rate was not kept, and when somebody ended it', () => {
    const open = { schedule: { kind: 'open', perS: 100, seed: 1 }, heldBack: 200, sentLate: 250 } as const;
    const text = writeSummary({ ...result, ...open, isInterrupted: true });
    expect(text).toContain('100 a second, seed 1');
    expect(text).toContain('the rate was not kept: 200 of 1,005 were sent late');
    expect(text).toContain('in 20.0 s, ended early:');
    expect(writeSummary({ ...result, sentLate: 250 })).toContain(
      '250 of 1,005 were sent late, because the machine that sends',
    );
  });

  test('shows the first messages of many', () => {
    const failures = Array.from({ length: 30 }, (_, index) => ({
      status: 500,
      code: 'internal',
      message: `message ${index}`,
      count: 1,
    }));
    const text = writeSummary({ ...result, failures });
    expect(text).toContain('message 9');
    expect(text).not.toContain('message 10');
    expect(text).toContain('and 20 other messages');
  });

  test('a bucket with a single request is seen beside one with a million', () => {
    const histogram = [
      { fromMs: 1, toMs: 2, count: 1_000_000 },
      { fromMs: 2, toMs: 4, count: 1 },
    ];
    expect(writeSummary({ ...result, histogram })).toContain('2.00 – 4.00 ms  ▏');
  });
});
