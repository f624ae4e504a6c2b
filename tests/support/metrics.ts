/** What processes say at `/metrics`, added up over all of them, as somebody who watches would. */
import type { ServiceProcess } from './service-process.ts';
import { waitFor } from './wait-for.ts';

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

export async function readSamples(...addresses: readonly string[]): Promise<readonly Sample[]> {
  const texts = await Promise.all(
    addresses.map(async (address) => (await fetch(`${address}/metrics`)).text()),
  );
  return texts.flatMap((text) => text.split('\n').flatMap(parseLine));
}

function parseLine(line: string): Sample[] {
  const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
  if (match === null) return [];
  const [, name = '', labels = '', value] = match;
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', text = '']) => [
    label,
    text,
  ]);
  return [{ name, labels: Object.fromEntries(pairs) as Labels, value: Number(value) }];
}

/** The sum over all samples of that name that have those labels; NaN when there is none. */
export function sumOf(samples: readonly Sample[], name: string, labels: Labels = {}): number {
  const found = samples.filter(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([label, text]) => sample.labels[label] === text),
  );
  return found.length === 0 ? Number.NaN : found.reduce((sum, { value }) => sum + value, 0);
}

/** What is not zero, by one label: `{image_undecodable: 1}`. */
export function countsBy(samples: readonly Sample[], name: string, label: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const sample of samples) {
    const key = sample.labels[label];
    if (sample.name !== name || key === undefined || sample.value === 0) continue;
    counts[key] = (counts[key] ?? 0) + sample.value;
  }
  return counts;
}

/** Where a worker that was started with `SHOAL_METRICS_PORT=0` serves them. */
export function healthAddress(worker: ServiceProcess): Promise<string> {
  return waitFor('the health port of a worker', () => {
    const line = worker.log.find(({ msg }) => msg === 'health and metrics are served');
    return line?.['address'] as string | undefined;
  });
}
