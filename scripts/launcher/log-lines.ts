/**
 * Turns what a service writes, a JSON object a line, into what a person reads at the terminal. Only warnings and worse
 * are shown; everything is in the log file. A line that is not JSON is news by itself and is shown as it is.
 */

/** What is shown, and the word for it. */
const shownLevels: Record<string, string> = { warn: 'warning', error: 'error', fatal: 'error' };

interface LogLine {
  readonly level?: string;
  readonly msg?: string;
  readonly err?: { readonly message?: string };
}

/** The line to show, without the service's name; undefined for what is only worth the log file. */
export function readableLine(line: string): string | undefined {
  if (line.trim() === '') return undefined;
  let entry: LogLine;
  try {
    entry = JSON.parse(line) as LogLine;
  } catch {
    return line;
  }
  if (typeof entry !== 'object' || entry === null || typeof entry.level !== 'string') return line;
  const word = shownLevels[entry.level];
  if (word === undefined) return undefined;
  const cause = entry.err?.message;
  const text = [entry.msg, cause === entry.msg ? undefined : cause].filter(Boolean).join(': ');
  return `${word}: ${text === '' ? line : text}`;
}

/** Splits a stream of chunks into lines; `flush` gives the last one, which may lack its line end. */
export function lineSplitter(onLine: (line: string) => void): {
  push: (chunk: string) => void;
  flush: () => void;
} {
  let rest = '';
  return {
    push: (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    },
    flush: () => {
      if (rest !== '') onLine(rest);
      rest = '';
    },
  };
}
