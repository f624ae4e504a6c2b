/** The lines of a file as bytes, one at a time, with where each begins; a file of any size, and a last line that is not whole. */
import { createReadStream } from 'node:fs';

export interface Line {
  readonly text: string;
  /** Where in the file it begins, in bytes. */
  readonly startByte: number;
  /** Ended by a line feed. */
  readonly isWhole: boolean;
}

const lineFeed = 0x0a;

/** Yields nothing for a file that is not there. */
export async function* readLines(path: string): AsyncGenerator<Line> {
  let startByte = 0;
  let pieces: Buffer[] = [];
  const take = (): string => {
    const text = Buffer.concat(pieces).toString('utf8');
    pieces = [];
    return text;
  };
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      let from = 0;
      for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, from)) {
        pieces.push(chunk.subarray(from, end));
        const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
        yield { text: take(), startByte, isWhole: true };
        startByte += length + 1;
        from = end + 1;
      }
      if (from < chunk.length) pieces.push(chunk.subarray(from));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (pieces.length > 0) yield { text: take(), startByte, isWhole: false };
}
