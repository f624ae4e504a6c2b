/**
 * A format as a writer of text, piece by piece, so that a run of hundreds of thousands of pictures needs the memory of
 * one. A data set that has its pictures in front of their detections reads the run twice. No files, no streams: the
 * caller brings the pictures and takes the text.
 */
import type { PictureResult } from './picture-result.ts';

/** What a format has no place for, counted; labels by name. */
export interface LeftOut {
  /** That failed, where the format knows no failures. */
  failedPictures: number;
  /** That the data set in `cocoNumbers` does not have. */
  foreignPictures: number;
  /** Whose label the data set in `cocoNumbers` does not have. */
  foreignDetections: number;
  readonly foreignLabels: Set<string>;
}

export interface FormatWriter {
  readonly passCount: 1 | 2;
  /** Complete after the last pass. */
  readonly leftOut: Readonly<LeftOut>;
  /** @param pass from 0 */
  readonly open: (pass: number) => string;
  /** Every pass must bring the same pictures in the same order. */
  readonly picture: (result: PictureResult, pass: number) => string;
  readonly close: (pass: number) => string;
}

export function nothingLeftOut(): LeftOut {
  return { failedPictures: 0, foreignPictures: 0, foreignDetections: 0, foreignLabels: new Set() };
}

/** @param read begins anew at every call; called once a pass of the writer */
export async function* writtenPieces(
  writer: FormatWriter,
  read: () => AsyncIterable<PictureResult> | Iterable<PictureResult>,
): AsyncGenerator<string, void, undefined> {
  for (let pass = 0; pass < writer.passCount; pass++) {
    yield writer.open(pass);
    for await (const result of read()) {
      const piece = writer.picture(result, pass);
      if (piece !== '') yield piece;
    }
    yield writer.close(pass);
  }
}

/** The whole text at once, for what fits into memory. */
export function writtenText(writer: FormatWriter, pictures: readonly PictureResult[]): string {
  const pieces: string[] = [];
  for (let pass = 0; pass < writer.passCount; pass++) {
    pieces.push(writer.open(pass));
    for (const result of pictures) pieces.push(writer.picture(result, pass));
    pieces.push(writer.close(pass));
  }
  return pieces.join('');
}
