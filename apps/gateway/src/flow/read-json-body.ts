/** A JSON body: the picture as base64, as a data URI or by a URL, or a list of them; the rest as typed fields. */
import type { IncomingMessage } from 'node:http';
import { ServiceError } from '@shoal/shared/contract';
import { isImageUrl } from '../outbound/fetch-image.ts';
import { boundJson } from './bound-json.ts';
import { PictureList } from './picture-list.ts';
import { readStream, tooLarge } from './read-stream.ts';
import type { Upload, UploadLimits } from './read-upload.ts';
import type { RequestForm } from './request-form.ts';

/** Room for everything in the JSON that is not the picture. */
const fieldsBytesMax = 64 * 1024;

type Limits = Omit<UploadLimits, 'uploadTimeoutMs'>;

export async function readJsonBody(
  stream: IncomingMessage,
  form: RequestForm,
  limits: Limits,
): Promise<Upload> {
  const bytesMax = Math.ceil((limits.requestBytesMax * 4) / 3) + fieldsBytesMax;
  const text = Buffer.concat(await readStream(stream, bytesMax, limits.received));
  boundJson(text);
  const body = parse(text.toString('utf8'));
  const field = form.imageFields[0];
  const given = body[field];
  const fields = new Map(Object.entries(body).filter(([name]) => name !== field));
  const list = new PictureList(limits);
  if (!Array.isArray(given)) {
    await list.add(field, readPicture(given, field, limits));
    return { pictures: list.pictures, isList: false, fields };
  }
  if (given.length === 0) {
    throw new ServiceError('upload_missing', `${field}: expected a list of pictures, came an empty one`);
  }
  for (const [index, image] of given.entries()) {
    const name = `${field}[${index}]`;
    await list.add(name, readPicture(image, name, limits));
  }
  return { pictures: list.pictures, isList: true, fields };
}

async function readPicture(
  image: unknown,
  field: string,
  { uploadBytesMax, fetchImage }: Limits,
): Promise<Buffer> {
  if (image === undefined)
    throw new ServiceError('upload_missing', `${field}: expected base64 or a data URI, came nothing`);
  if (typeof image !== 'string') {
    throw new ServiceError(
      'options_invalid',
      `${field}: expected base64 or a data URI, came ${typeof image}`,
    );
  }
  const bytes = isImageUrl(image) ? await fetchImage(image, field) : decodeBase64(image, field);
  if (bytes.length > uploadBytesMax) throw tooLarge(uploadBytesMax);
  return bytes;
}

function parse(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ServiceError('options_invalid', 'the body is not JSON, though its content type says so');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ServiceError(
      'options_invalid',
      `expected a JSON object, came ${Array.isArray(value) ? 'a list' : String(value)}`,
    );
  }
  return value as Record<string, unknown>;
}

/** Node skips what is not base64; here it is an error, so that a path is not taken for a picture. */
function decodeBase64(value: string, field: string): Buffer {
  const comma = value.startsWith('data:') ? value.indexOf(',') : -1;
  if (value.startsWith('data:') && !value.slice(0, comma).endsWith(';base64')) {
    throw new ServiceError('options_invalid', `${field}: expected a data URI with ;base64`);
  }
  // White space may stand anywhere, and is skipped when decoding; taking it out first would cost a copy.
  const encoded = value.slice(comma + 1).trimEnd();
  if (!/^[\w+/\s-]*={0,2}$/.test(encoded)) {
    throw new ServiceError('options_invalid', `${field}: expected base64, came other characters`);
  }
  return Buffer.from(encoded, 'base64');
}
