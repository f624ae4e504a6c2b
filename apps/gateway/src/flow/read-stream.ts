/** A request's body into one buffer, refused as soon as it is known to be too large. */
import type { IncomingMessage } from 'node:http';
import { ServiceError } from '@shoal/shared/contract';

export async function readStream(stream: IncomingMessage, bytesMax: number): Promise<Buffer> {
  if (Number(stream.headers['content-length'] ?? 0) > bytesMax) throw tooLarge(bytesMax);
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > bytesMax) {
        chunks.length = 0;
        reject(tooLarge(bytesMax));
      } else {
        chunks.push(chunk);
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
