/** The formats by the names that people choose them by. */
import type { FormatOptions } from './format-options.ts';
import type { FormatWriter } from './format-writer.ts';
import { cocoResultsWriter } from './write-coco-results.ts';
import { cocoWriter } from './write-coco.ts';
import { csvWriter } from './write-csv.ts';
import { jsonWriter } from './write-json.ts';
import { megadetectorWriter } from './write-megadetector.ts';

export interface Format {
  readonly title: string;
  /** With its dot; two JSON files of one run have different names. */
  readonly fileEnding: string;
  readonly mediaType: string;
  readonly writer: (options: FormatOptions) => FormatWriter;
}

const JSON_TYPE = 'application/json';

export const FORMATS = {
  json: { title: 'JSON', fileEnding: '.json', mediaType: JSON_TYPE, writer: jsonWriter },
  csv: { title: 'CSV', fileEnding: '.csv', mediaType: 'text/csv', writer: csvWriter },
  coco: { title: 'COCO data set', fileEnding: '.coco.json', mediaType: JSON_TYPE, writer: cocoWriter },
  'coco-results': {
    title: 'COCO results',
    fileEnding: '.coco-results.json',
    mediaType: JSON_TYPE,
    writer: cocoResultsWriter,
  },
  megadetector: {
    title: 'MegaDetector',
    fileEnding: '.megadetector.json',
    mediaType: JSON_TYPE,
    writer: megadetectorWriter,
  },
} as const satisfies Readonly<Record<string, Format>>;

export type FormatName = keyof typeof FORMATS;

export const FORMAT_NAMES = Object.keys(FORMATS) as readonly FormatName[];

/** A writer serves one run. */
export function formatWriter(name: FormatName, options: FormatOptions = {}): FormatWriter {
  return FORMATS[name].writer(options);
}
