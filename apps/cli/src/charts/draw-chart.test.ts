import { describe, expect, test } from 'vitest';
import { drawChart, escapeXml, type ChartSpec } from './draw-chart.ts';

const spec: ChartSpec = {
  width: 200,
  height: 100,
  title: 'Images a second',
  description: 'By "callers" & <model>',
  data: {
    values: [
      { callers: 1, perS: 30 },
      { callers: 16, perS: 50 },
    ],
  },
  mark: 'bar',
  encoding: {
    x: { field: 'callers', type: 'ordinal' },
    y: { field: 'perS', type: 'quantitative' },
  },
};

describe('a chart', () => {
  test('is one SVG with its marks, its texts and a description, and asks for nothing else', async () => {
    const svg = await drawChart(spec);
    expect(svg).toMatch(/^<svg [^>]*>.*<\/svg>$/s);
    expect(svg.match(/<svg/g)).toHaveLength(1);
    expect(svg).toContain('>Images a second</text>');
    expect(svg).toContain('aria-label="By &#34;callers&#34; &#38; &#60;model&#62;"');
    const bars = /<g class="mark-rect role-mark marks"[^>]*>(.*?)<\/g>/s.exec(svg)?.[1] ?? '';
    expect(bars.match(/<path/g)).toHaveLength(2);
    expect(svg).not.toMatch(/<script|href=|url\(http/);
  });

  test('takes its colours of text from the reader, by light or dark', async () => {
    const svg = await drawChart(spec);
    expect(svg).toContain('prefers-color-scheme:dark');
    const fills = [...svg.matchAll(/<text [^>]*fill="([^"]+)"/g)].map(([, fill]) => fill);
    expect(fills.length).toBeGreaterThan(3);
    expect(new Set(fills)).toEqual(new Set(['currentColor']));
  });

  test('what the specification says of its own look holds', async () => {
    const svg = await drawChart({ ...spec, config: { title: { color: '#123456' } } });
    expect(svg).toContain('fill="#123456"');
  });

  test('that is none is an error', async () => {
    await expect(drawChart({ data: { values: [] } } as unknown as ChartSpec)).rejects.toThrow(
      'specification',
    );
  });
});

test('a text is a text in SVG and HTML, whatever is in it', () => {
  expect(escapeXml(`<a href="x">&'`)).toBe('&#60;a href=&#34;x&#34;&#62;&#38;&#39;');
});
