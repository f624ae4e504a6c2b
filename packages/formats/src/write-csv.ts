/**
 * A table for spreadsheets, R and pandas (RFC 4180, UTF-8 without a byte order mark): one row a detection, and one for
 * every picture with none, since "looked, and found nothing" is data. A failed picture is a row with its error.
 *
 * A spreadsheet runs a cell that looks like a formula, and names of files come from strangers: such a cell gets an
 * apostrophe in front, a path gets `./`, which leaves it the same path. Numbers are numbers and stay as they are.
 */
import { nothingLeftOut, type FormatWriter } from './format-writer.ts';
import type { FormatOptions } from './format-options.ts';
import { isAnswered, type PictureResult } from './picture-result.ts';
import { rounded } from './rounded.ts';

const COLUMNS = [
  'file',
  'outcome',
  'label',
  'class_id',
  'score',
  'x1',
  'y1',
  'x2',
  'y2',
  'image_width',
  'image_height',
  'model',
  'model_version',
  'error',
] as const;

type Row = Partial<Readonly<Record<(typeof COLUMNS)[number], string | number>>>;

const PIXEL_DECIMALS = 2;
const SCORE_DECIMALS = 6;

/** Full-width forms count as well: spreadsheets of East Asian languages take them for the plain ones. */
const FORMULA_AT_START = /^(?:[\s"]*[=+\-@＝＋－＠]|[\t\r\n])/;
/** Where a spreadsheet that splits at other places than commas would begin a new cell. */
const FORMULA_AFTER_SPLIT = /([;\t\r\n][\s"]*)(?=[=+\-@＝＋－＠])/g;

/** Heeds `minScore`. */
export function csvWriter({ minScore = 0 }: FormatOptions): FormatWriter {
  return {
    passCount: 1,
    leftOut: nothingLeftOut(),
    open: () => `${COLUMNS.join(',')}\r\n`,
    picture: (result) => rowsOf(result, minScore).map(line).join(''),
    close: () => '',
  };
}

function rowsOf(result: PictureResult, minScore: number): readonly Row[] {
  const file = inertPath(result.file);
  if (!isAnswered(result)) {
    return [{ file, outcome: 'failed', error: inertText(`${result.error.code}: ${result.error.message}`) }];
  }
  const { model, image, detections } = result.prediction;
  const about: Row = {
    file,
    image_width: image.width,
    image_height: image.height,
    model: inertText(model.name),
    model_version: inertText(model.version),
  };
  const found = detections.filter(({ score }) => score >= minScore);
  if (found.length === 0) return [{ ...about, outcome: 'nothing' }];
  return found.map(({ label, classId, score, box }) => ({
    ...about,
    outcome: 'detection',
    label: inertText(label),
    class_id: classId,
    score: rounded(score, SCORE_DECIMALS),
    x1: rounded(box.x1, PIXEL_DECIMALS),
    y1: rounded(box.y1, PIXEL_DECIMALS),
    x2: rounded(box.x2, PIXEL_DECIMALS),
    y2: rounded(box.y2, PIXEL_DECIMALS),
  }));
}

function line(row: Row): string {
  return `${COLUMNS.map((column) => cell(row[column] ?? '')).join(',')}\r\n`;
}

function cell(value: string | number): string {
  const text = String(value);
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function inertPath(path: string): string {
  return inertText(FORMULA_AT_START.test(path) ? `./${path}` : path);
}

function inertText(text: string): string {
  return (FORMULA_AT_START.test(text) ? `'${text}` : text).replaceAll(FORMULA_AFTER_SPLIT, "$1'");
}
