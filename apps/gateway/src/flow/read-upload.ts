/**
 * Step 1: the request's bytes, whichever of the three ways they come: a multipart form, the bare picture, or JSON with
 * base64. Bounded in size and time. What the fields mean is the business of `read-options`.
 */
import { ServiceError } from '@shoal/shared/contract';
import type { FastifyRequest } from 'fastify';
import { readJsonBody } from './read-json-body.ts';
import { readMultipart } from './read-multipart.ts';
import { readStream } from './read-stream.ts';
import type { RequestForm } from './request-form.ts';

export interface Upload {
  readonly bytes: Buffer;
  /** Everything but the picture: text from forms and queries, typed values from JSON. */
  readonly fields: ReadonlyMap<string, unknown>;
}

export interface UploadLimits {
  readonly uploadBytesMax: number;
  readonly uploadTimeoutMs: number;
}

export async function readUpload(
  request: FastifyRequest,
  form: RequestForm,
  limits: UploadLimits,
): Promise<Upload> {
  const upload = await withinTime(readBody(request, form, limits), limits.uploadTimeoutMs);
  if (upload.bytes.length === 0) {
    throw new ServiceError('upload_missing', `${form.imageFields[0]}: expected a picture, came 0 bytes`);
  }
  return upload;
}

async function readBody(request: FastifyRequest, form: RequestForm, limits: UploadLimits): Promise<Upload> {
  const mediaType = (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
  const query = new Map(Object.entries(request.query as Record<string, unknown>));
  if (mediaType === 'multipart/form-data') {
    const { bytes, fields } = await readMultipart(request, form, limits.uploadBytesMax);
    return { bytes, fields: new Map([...query, ...fields]) };
  }
  if (!form.takesBareBodies) {
    throw new ServiceError(
      'upload_missing',
      `expected multipart/form-data with ${form.modelField} and ${form.imageFields[0]}, came ${mediaType || 'no content type'}`,
    );
  }
  if (mediaType === 'application/json') {
    const { bytes, fields } = await readJsonBody(request.raw, form, limits.uploadBytesMax);
    return { bytes, fields: new Map([...query, ...fields]) };
  }
  if (mediaType === 'application/x-www-form-urlencoded') {
    throw new ServiceError(
      'upload_missing',
      'expected a picture as the body, came form fields (curl: -F, not -d)',
    );
  }
  return { bytes: await readStream(request.raw, limits.uploadBytesMax), fields: query };
}

/** A body that does not end must not hold a place for ever. */
async function withinTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new ServiceError('upload_timeout', `the request did not arrive within ${timeoutMs} ms`)),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
