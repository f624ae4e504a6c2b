/** A request's body in the pieces in which it comes, refused as soon as it is known to be too large, or too much for now. */
import type { IncomingMessage } from 'node:http';
import { ServiceError } from '@shoal/shared/contract';
import { lengthOf } from '@shoal/shared/redis';

/** `received` is told of each piece, and may throw. */
export async function readStream(
  stream: IncomingMessage,
  bytesMax: number,
  received: (bytes: number) => void,
): Promise<readonly Buffer[]> {
  if (Number(stream.headers['content-length'] ?? 0) > bytesMax) throw tooLarge(bytesMax);
  const chunks: Buffer[] = [];
  let size = 0;
  let detach = ignore;
  try {
    return await new Promise((resolve, reject) => {
      const onData = (chunk: Buffer): void => {
        try {
          size += chunk.length;
          if (size > bytesMax) throw tooLarge(bytesMax);
          received(chunk.length);
          chunks.push(chunk);
        } catch (error) {
          reject(error);
        }
      };
      const onEnd = () => resolve(inFewPieces(chunks));
      const onClose = () => reject(new ServiceError('upload_missing', 'the request ended before its body'));
      stream.on('data', onData).on('end', onEnd).on('error', reject).on('close', onClose);
      detach = () => {
        stream.off('data', onData).off('end', onEnd).off('error', reject).off('close', onClose);
      };
    });
  } finally {
    // A listener that stayed would keep the picture for as long as the request lives: that is while its caller waits.
    detach();
    // Nobody is left to be told of a connection that breaks.
    stream.on('error', ignore);
  }
}

/** Out here, since what is made in there would hold on to what was read. */
const ignore = (): void => undefined;

/** Below this on average, putting pieces together costs less than handing on so many. */
const pieceBytesMin = 4_096;

/** The same bytes: as they are, or in one piece where they came in very small ones. */
export function inFewPieces(pieces: readonly Buffer[]): readonly Buffer[] {
  return lengthOf(pieces) < pieces.length * pieceBytesMin ? [Buffer.concat(pieces)] : pieces;
}

export function tooLarge(bytesMax: number): ServiceError {
  return new ServiceError('upload_too_large', `the picture is larger than ${bytesMax} bytes`);
}
