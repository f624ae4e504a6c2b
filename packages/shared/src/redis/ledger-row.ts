/** A row of the ledger as text, the form in which the scripts write it. */
import { openPredictionSchema, type OpenPrediction } from '../contract/index.ts';

export interface LedgerRow {
  /** Its number among all of its model and class that were accepted, from 1. */
  readonly number: number;
  readonly open: OpenPrediction;
}

/** The model of a row, also of one that only another version can read whole; '' when not even that can be read. */
export function modelOfRow(row: string): string {
  return /^\d+ \d+ \S+ (\S+) /.exec(row)?.[1] ?? /^\d+ (\S+)$/.exec(row)?.[1] ?? '';
}

/** Undefined for one that only another version can read. */
export function parseRow(row: string): LedgerRow | undefined {
  const [, number, json] = /^(\d+) \d+ \S+ \S+ (.+)$/s.exec(row) ?? [];
  if (json === undefined) return undefined;
  const parsed = openPredictionSchema.safeParse(parseJson(json));
  return parsed.success ? { number: Number(number), open: parsed.data } : undefined;
}

/** One row that is no JSON must not hide all others from those who look after the ledger. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
