/** The answers as they came: a JSON list, one line a picture, `{file, prediction}` or `{file, error}`. */
import { nothingLeftOut, type FormatWriter } from './format-writer.ts';

export function jsonWriter(): FormatWriter {
  let written = 0;
  return {
    passCount: 1,
    leftOut: nothingLeftOut(),
    open: () => '[',
    picture: (result) => `${written++ === 0 ? '\n' : ',\n'}${JSON.stringify(result)}`,
    close: () => (written === 0 ? ']\n' : '\n]\n'),
  };
}
