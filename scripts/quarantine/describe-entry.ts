/** What is in quarantine, in words for a person. */
import type { QuarantineEntry } from '../../packages/shared/src/redis/index.ts';

const time = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
const count = (number: number): string => number.toLocaleString('en-US');

export function describeList(entries: readonly QuarantineEntry[]): string {
  if (entries.length === 0) return 'Nothing is in quarantine.';
  const rows = [
    ['id', 'model', 'since', 'until', 'bytes'],
    ...entries.map(({ id, model, setAsideAtMs, expiresAtMs, bytes, bytesKept }) => [
      id,
      model,
      time(setAsideAtMs),
      time(expiresAtMs),
      bytesKept === bytes && bytes > 0 ? count(bytes) : 'not kept',
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  const kept = entries.reduce((sum, { bytesKept }) => sum + bytesKept, 0);
  const pictures = entries.length === 1 ? '1 picture' : `${count(entries.length)} pictures`;
  return [...lines, `${pictures}, ${count(kept)} bytes`].join('\n');
}

export function describeEntry(entry: QuarantineEntry): string {
  const { deaths, givenUpBy, options } = entry;
  const rows = {
    id: entry.id,
    model: entry.model,
    options: Object.keys(options).length === 0 ? 'none' : JSON.stringify(options),
    priority: entry.priority,
    picture: `${entry.mediaType}, ${pictureOf(entry)}`,
    accepted: time(entry.acceptedAtMs),
    'set aside': time(entry.setAsideAtMs),
    'answered as': entry.answeredAs,
    'kept until': time(entry.expiresAtMs),
    deaths: `${deaths.alone} alone, ${deaths.together} with others`,
    'given up by':
      givenUpBy === undefined
        ? 'nobody: it ended before the last death that makes a worker do so'
        : `worker ${givenUpBy.workerId} on ${givenUpBy.device}, model version ${givenUpBy.version}`,
    'request id': entry.requestId,
  };
  const width = Math.max(...Object.keys(rows).map((name) => name.length));
  return Object.entries(rows)
    .map(([name, text]) => `${name.padEnd(width)}  ${text}`)
    .join('\n');
}

function pictureOf({ bytes, bytesKept }: QuarantineEntry): string {
  if (bytes === 0) return 'its bytes were gone by then';
  return bytesKept === bytes
    ? `${count(bytes)} bytes`
    : `${count(bytes)} bytes, more than the quarantine takes: they were not kept`;
}
