/** A multipart form with one picture among its parts, in any order. */
import type { MultipartFile } from '@fastify/multipart';
import { ServiceError } from '@shoal/shared/contract';
import type { FastifyRequest } from 'fastify';
import { tooLarge } from './read-stream.ts';
import type { Upload } from './read-upload.ts';
import type { RequestForm } from './request-form.ts';

const limits = { fields: 32, fieldNameSize: 100, fieldSize: 64 * 1024, files: 4, parts: 40, headerPairs: 32 };

export async function readMultipart(
  request: FastifyRequest,
  form: RequestForm,
  uploadBytesMax: number,
): Promise<Upload> {
  const fields = new Map<string, unknown>();
  let bytes: Buffer | undefined;
  try {
    const parts = request.parts({ limits: { ...limits, fileSize: uploadBytesMax } });
    for await (const part of parts) {
      if (part.type === 'file') {
        const content = await readPart(part.file, uploadBytesMax);
        if (!form.imageFields.includes(part.fieldname)) {
          if (form.ignoresUnknownFields) continue;
          throw new ServiceError(
            'options_invalid',
            `${part.fieldname}: expected the picture as ${form.imageFields[0]}, came a file of another name`,
          );
        }
        if (bytes !== undefined) {
          throw new ServiceError(
            'options_invalid',
            `${part.fieldname}: expected one picture, came a second one`,
          );
        }
        bytes = content;
      } else {
        if (part.valueTruncated || part.fieldnameTruncated) {
          throw new ServiceError('options_invalid', `${part.fieldname.slice(0, 80)}: the field is too long`);
        }
        const earlier = fields.get(part.fieldname);
        // A field that comes twice is a list: `classes` may.
        fields.set(part.fieldname, earlier === undefined ? part.value : [earlier, part.value].flat());
      }
    }
  } catch (error) {
    throw toServiceError(error, uploadBytesMax);
  }
  if (bytes === undefined) {
    throw new ServiceError('upload_missing', `${form.imageFields[0]}: expected a file part, came none`);
  }
  return { bytes, fields };
}

/** Not `toBuffer`, which would keep the bytes for as long as the request lives: that is while its caller waits. */
async function readPart(file: MultipartFile['file'], uploadBytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of file as AsyncIterable<Buffer>) chunks.push(chunk);
  if (file.truncated) throw tooLarge(uploadBytesMax);
  return Buffer.concat(chunks);
}

/** The parser's own errors, in our words. */
function toServiceError(error: unknown, uploadBytesMax: number): ServiceError {
  if (error instanceof ServiceError) return error;
  const { code, message } = error as { code?: string; message?: string };
  if (code === 'FST_REQ_FILE_TOO_LARGE') return tooLarge(uploadBytesMax);
  if (code?.endsWith('_LIMIT') === true) {
    return new ServiceError('options_invalid', 'the form has more parts than a prediction can need', {
      cause: error,
    });
  }
  return new ServiceError('options_invalid', `the multipart form cannot be read: ${message ?? 'malformed'}`, {
    cause: error,
  });
}
