/**
 * What people see: colours where the terminal has them and nobody said no (NO_COLOR), columns that line up, durations and
 * numbers in words. Data go to the standard output, everything else to the standard error.
 */
const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
export type Paint = (colour: keyof typeof codes, text: string) => string;

/** Paints for this stream; where it shows no colours the text stays as it is. */
export function paintFor(stream: NodeJS.WriteStream): Paint {
  const isColoured = stream.isTTY && stream.hasColors();
  return (colour, text) => (isColoured ? `\u001B[${codes[colour]}m${text}\u001B[0m` : text);
}

/** A line for people, beside the data. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** One value for programs, on the standard output. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

// oxlint-disable-next-line no-control-regex -- colours take no room
const colour = /\u001B\[\d+m/g;
const widthOf = (text: string): number => Array.from(text.replaceAll(colour, '')).length;

/** Columns as wide as their widest cell, two spaces apart; what is a number in all rows is set to the right. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, widthOf(cell))));
  }
  const isNumeric = widths.map((_, column) =>
    rows.slice(1).every((row) => /^[\d.,]*$/.test(row[column] ?? '')),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => {
        const space = ' '.repeat(widths[column]! - widthOf(cell));
        return isNumeric[column] === true ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd(),
  );
  return lines.join('\n');
}

export function describeDuration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  return whole < 3600
    ? `${Math.floor(whole / 60)} min ${whole % 60} s`
    : `${Math.floor(whole / 3600)} h ${Math.round((whole % 3600) / 60)} min`;
}

/** "1 picture", "2 pictures". */
export const countOf = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
