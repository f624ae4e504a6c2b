/** A multipart form with a picture among its parts, or several, in any order: a file each, or a text that is its URL. */
import type { MultipartFile } from '@fastify/multipart';
import { ServiceError } from '@shoal/shared/contract';
import type { Bytes } from '@shoal/shared/redis';
import type { FastifyRequest } from 'fastify';
import { isImageUrl } from '../outbound/fetch-image.ts';
import { PictureList } from './picture-list.ts';
import { inFewPieces, tooLarge } from './read-stream.ts';
import type { Upload, UploadLimits } from './read-upload.ts';
import type { RequestForm } from './request-form.ts';

const limits = { fields: 32, fieldNameSize: 100, fieldSize: 64 * 1024, headerPairs: 32 };
/** File parts that are no pictures, which old clients may send. */
const otherFilesMax = 3;

export async function readMultipart(
  request: FastifyRequest,
  form: RequestForm,
  uploadLimits: UploadLimits,
): Promise<Upload> {
  const { uploadBytesMax, picturesMax, received, fetchImage } = uploadLimits;
  const fields = new Map<string, unknown>();
  const list = new PictureList(uploadLimits);
  const add = async (field: string, picture: Promise<Bytes>): Promise<void> => {
    await list.add(field, picture);
    if (list.pictures.length > 1 && !form.takesLists) {
      throw new ServiceError('options_invalid', `${field}: expected one picture, came a second one`);
    }
  };
  try {
    const files = picturesMax + otherFilesMax;
    const parts = request.parts({
      limits: { ...limits, files, parts: files + limits.fields, fileSize: uploadBytesMax },
    });
    for await (const part of parts) {
      if (part.type === 'file') {
        const content = readPart(part.file, uploadBytesMax, received);
        if (form.imageFields.includes(part.fieldname)) {
          await add(part.fieldname, content);
          continue;
        }
        await content;
        if (form.ignoresUnknownFields) continue;
        throw new ServiceError(
          'options_invalid',
          `${part.fieldname}: expected the picture as ${form.imageFields[0]}, came a file of another name`,
        );
      } else {
        if (part.valueTruncated || part.fieldnameTruncated) {
          throw new ServiceError('options_invalid', `${part.fieldname.slice(0, 80)}: the field is too long`);
        }
        const isPicture = form.takesUrls && form.imageFields.includes(part.fieldname);
        if (isPicture && typeof part.value === 'string' && isImageUrl(part.value)) {
          await add(part.fieldname, fetchImage(part.value, part.fieldname));
          continue;
        }
        if (!isFlat(part.value)) {
          throw new ServiceError(
            'options_invalid',
            `${part.fieldname}: expected a value or a list of values`,
          );
        }
        const earlier = fields.get(part.fieldname);
        // A field that comes twice is a list: `classes` may.
        fields.set(part.fieldname, earlier === undefined ? part.value : [earlier, part.value].flat());
      }
    }
  } catch (error) {
    throw toServiceError(error, uploadBytesMax);
  }
  const { pictures } = list;
  if (pictures.length === 0) {
    throw new ServiceError('upload_missing', `${form.imageFields[0]}: expected a file part, came none`);
  }
  return { pictures, isList: pictures.length > 1, fields };
}

/** A part that says it is JSON arrives parsed, however deep it goes; what walks over it later may not come back. */
function isFlat(value: unknown): boolean {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.every((one) => typeof one !== 'object' || one === null);
}

/** Not `toBuffer`, which would keep the bytes for as long as the request lives: that is while its caller waits. */
async function readPart(
  file: MultipartFile['file'],
  uploadBytesMax: number,
  received: UploadLimits['received'],
): Promise<Bytes> {
  const chunks: Buffer[] = [];
  for await (const chunk of file as AsyncIterable<Buffer>) {
    received(chunk.length);
    chunks.push(chunk);
  }
  if (file.truncated) throw tooLarge(uploadBytesMax);
  return inFewPieces(chunks);
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
