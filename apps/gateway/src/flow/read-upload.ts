/**
 * Step 1: the request's pictures, whichever of the three ways they come: a multipart form, the bare picture, or JSON with
 * base64. Bounded in number, size and time. What the fields mean is the business of `read-options`.
 */
import { ServiceError } from '@shoal/shared/contract';
import type { FastifyRequest } from 'fastify';
import { PictureList, type PictureListLimits, type ReadPicture } from './picture-list.ts';
import { withinTime } from '../within-time.ts';
import { readJsonBody } from './read-json-body.ts';
import { readMultipart } from './read-multipart.ts';
import { readStream } from './read-stream.ts';
import type { RequestForm } from './request-form.ts';

export interface Upload {
  readonly pictures: readonly ReadPicture[];
  /** Several parts, or a list in JSON: answered as a list, also where it holds one. */
  readonly isList: boolean;
  /** Everything but the picture: text from forms and queries, typed values from JSON. */
  readonly fields: ReadonlyMap<string, unknown>;
}

export interface UploadLimits extends PictureListLimits {
  readonly uploadBytesMax: number;
  readonly uploadTimeoutMs: number;
  /** Told of the bytes of the body as they come; throws when they are too many to hold. */
  readonly received: (bytes: number) => void;
  /** For a picture that is named by a URL: its bytes, or a refusal; `field` is named in errors. */
  readonly fetchImage: (url: string, field: string) => Promise<Buffer>;
}

export async function readUpload(
  request: FastifyRequest,
  form: RequestForm,
  limits: UploadLimits,
): Promise<Upload> {
  const upload = await withinTime(readBody(request, form, limits), limits.uploadTimeoutMs, () => {
    // A body that does not end must not hold a place for ever.
    return new ServiceError(
      'upload_timeout',
      `the request did not arrive within ${limits.uploadTimeoutMs} ms`,
    );
  });
  const [only] = upload.pictures;
  if (only instanceof ServiceError && !upload.isList) throw only;
  return upload;
}

async function readBody(request: FastifyRequest, form: RequestForm, limits: UploadLimits): Promise<Upload> {
  const mediaType = (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
  const query = new Map(Object.entries(request.query as Record<string, unknown>));
  if (mediaType === 'multipart/form-data') {
    const { fields, ...rest } = await readMultipart(request, form, limits);
    return { ...rest, fields: new Map([...query, ...fields]) };
  }
  if (!form.takesBareBodies) {
    throw new ServiceError(
      'upload_missing',
      `expected multipart/form-data with ${form.modelField} and ${form.imageFields[0]}, came ${mediaType || 'no content type'}`,
    );
  }
  if (mediaType === 'application/json') {
    const { fields, ...rest } = await readJsonBody(request.raw, form, limits);
    return { ...rest, fields: new Map([...query, ...fields]) };
  }
  if (mediaType === 'application/x-www-form-urlencoded') {
    throw new ServiceError(
      'upload_missing',
      'expected a picture as the body, came form fields (curl: -F, not -d)',
    );
  }
  const list = new PictureList(limits);
  await list.add(form.imageFields[0], readStream(request.raw, limits.uploadBytesMax, limits.received));
  return { pictures: list.pictures, isList: false, fields: query };
}
