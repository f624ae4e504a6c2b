/** A request's body into one buffer, refused as soon as it is known to be too large, or too much for now. */
import type { IncomingMessage } from 'node:http';
import { ServiceError } from '@shoal/shared/contract';

/** `received` is told of each piece, and may throw. */
export async function readStream(
  stream: IncomingMessage,
  bytesMax: number,
  received: (bytes: number) => void,
): Promise<Buffer> {
  if (Number(stream.headers['content-length'] ?? 0) > bytesMax) throw tooLarge(bytesMax);
  const chunks: Buffer[] = [];
  let size = 0;
  let isRefused = false;
  return new Promise((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => {
      if (isRefused) return;
      try {
        size += chunk.length;
        if (size > bytesMax) throw tooLarge(bytesMax);
        received(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        isRefused = true;
        chunks.length = 0;
        reject(error);
      }
    });
    stream.on('end', () => {
      resolve(Buffer.concat(chunks));
      // The stream keeps its listeners, and they this list, until the caller has its answer.
      chunks.length = 0;
    });
    stream.on('error', reject);
    stream.on('close', () => reject(new ServiceError('upload_missing', 'the request ended before its body')));
  });
}

export function tooLarge(bytesMax: number): ServiceError {
  return new ServiceError('upload_too_large', `the picture is larger than ${bytesMax} bytes`);
}
