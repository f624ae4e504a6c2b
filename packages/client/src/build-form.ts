/** A picture and what is asked of it, as the form that the server takes. Made anew for every attempt, since a body is sent once. */
import type { PredictionRequest } from './api-contract.ts';
import type { PredictionOptions } from './call-options.ts';
import type { ImageBytes, ImageInput, LazyImage } from './image-input.ts';
import { ShoalError } from './shoal-error.ts';

/** All that the API takes beside the picture, so that a new field is not forgotten here; classes are a list. */
const plainFields = {
  model: true,
  minScore: true,
  iou: true,
  maxDetections: true,
  allowTruncated: true,
  priority: true,
  deadlineMs: true,
  keepMs: true,
  webhook: true,
  webhookSecret: true,
} satisfies Record<Exclude<keyof PredictionRequest, 'image' | 'classes'>, true>;
const fieldNames = Object.keys(plainFields) as (keyof typeof plainFields)[];

/** @throws ShoalError `image_unreadable` */
export async function buildForm(image: ImageInput, options: PredictionOptions): Promise<FormData> {
  const form = new FormData();
  for (const name of fieldNames) {
    const value = options[name];
    if (value !== undefined) form.append(name, String(value));
  }
  for (const part of classParts(options.classes)) form.append('classes', part);
  if (image instanceof URL) form.append('image', image.href);
  else form.append('image', await toBlob(image), nameOf(image));
  return form;
}

/** One field, since a form may have only so many; but one is split at its commas, and of several none is. */
function classParts(classes: readonly string[] | undefined): readonly string[] {
  if (classes === undefined) return [];
  if (!classes.some((name) => name.includes(','))) return [classes.join(',')];
  return classes.length === 1 ? [...classes, ...classes] : classes;
}

/** Bytes that are in memory while the picture waits; 0 for what is only opened when its turn comes. */
export function heldBytesOf(image: ImageInput): number {
  if (image instanceof URL) return 0;
  if (image instanceof Blob) return image.size;
  if (isBytes(image)) return image.byteLength;
  return 'sizeBytes' in image ? (image.sizeBytes ?? 0) : 0;
}

async function toBlob(image: ImageBytes | LazyImage): Promise<Blob> {
  const bytes: unknown = isImageBytes(image) ? image : await open(image);
  if (bytes instanceof Blob) return readable(bytes);
  if (isBytes(bytes)) return new Blob([bytes]);
  throw new ShoalError(
    'image_unreadable',
    'expected a Blob, a Uint8Array, an ArrayBuffer, or { open } of these',
  );
}

/** A file that was chosen, and is gone or was changed, would fail within the request, and look like a network that is away. */
async function readable(blob: Blob): Promise<Blob> {
  try {
    await blob.slice(0, 1).arrayBuffer();
    return blob;
  } catch (cause) {
    throw unreadable(cause);
  }
}

async function open(image: LazyImage): Promise<unknown> {
  if (typeof image !== 'object' || image === null || typeof image.open !== 'function') return undefined;
  try {
    return await image.open();
  } catch (cause) {
    throw unreadable(cause);
  }
}

function unreadable(cause: unknown): ShoalError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new ShoalError('image_unreadable', message, { cause });
}

function nameOf(image: ImageBytes | LazyImage): string {
  const name = typeof image === 'object' && 'name' in image ? image.name : undefined;
  return typeof name === 'string' && name !== '' ? name : 'image';
}

function isImageBytes(image: unknown): image is ImageBytes {
  return image instanceof Blob || isBytes(image);
}

function isBytes(value: unknown): value is Uint8Array<ArrayBuffer> | ArrayBuffer {
  return value instanceof ArrayBuffer || ArrayBuffer.isView(value);
}
