/**
 * Draws a chart as SVG, without a browser: the one place that knows Vega, which is loaded when the first chart is drawn.
 * Text and lines take the colour of the page; a chart that stands alone follows the reader's light or dark.
 */
import type { Config, TopLevelSpec } from 'vega-lite';

export type ChartSpec = TopLevelSpec;

/** Told apart on white and on near black, and by most of those who see few colours (after Okabe and Ito, 2008). */
export const chartColours = {
  blue: '#3987d9',
  orange: '#e0701a',
  green: '#1f9e78',
  grey: '#848d97',
} as const;

const faint = { gridColor: '#848d97', gridOpacity: 0.25, domainColor: '#848d97', tickColor: '#848d97' };

const config: Config = {
  background: 'transparent',
  // Vega would name every mark to readers of the screen, thousands of them; the chart as a whole has its description.
  aria: false,
  font: "system-ui, -apple-system, 'Segoe UI', sans-serif",
  view: { stroke: 'transparent' },
  axis: { ...faint, labelColor: 'currentColor', titleColor: 'currentColor', titleFontWeight: 'normal' },
  legend: { labelColor: 'currentColor', titleColor: 'currentColor', titleFontWeight: 'normal' },
  header: { labelColor: 'currentColor', titleColor: 'currentColor' },
  title: { color: 'currentColor', anchor: 'start', fontWeight: 600 },
  text: { color: 'currentColor' },
};

const style = `<style>.chart{color:#1f2328;background:#fff}@media (prefers-color-scheme:dark){.chart{color:#e6edf3;background:#161b22}}</style>`;

/**
 * `spec` is of Vega-Lite, its data inline; what its own `config` says holds over ours. Resolves to one `<svg>` element that
 * needs nothing else. Rejects when the specification is not one.
 */
export async function drawChart(spec: ChartSpec): Promise<string> {
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const parsed = vega.parse(compile(spec, { config }).spec);
  const view = new vega.View(parsed, { renderer: 'none', logLevel: vega.Error });
  try {
    const svg = await view.toSVG();
    const label =
      spec.description === undefined ? '' : ` role="img" aria-label="${escapeXml(spec.description)}"`;
    return svg.replace(/^<svg ([^>]*)>/, (_, rest: string) => {
      const attributes = rest.replace(' class="marks"', '');
      return `<svg class="chart"${label} ${attributes}>${style}`;
    });
  } finally {
    view.finalize();
  }
}

export function escapeXml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
