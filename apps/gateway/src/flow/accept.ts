/**
 * Steps 1 to 5: a request becomes accepted predictions, or is refused and counted as such. The bytes live only until they
 * are in Redis.
 */
import { ServiceError, type MediaType } from '@shoal/shared/contract';
import { lengthOf, piecesOf, type Bytes } from '@shoal/shared/redis';
import type { FastifyRequest } from 'fastify';
import type { GatewayContext } from '../gateway-context.ts';
import { fetchImage } from '../outbound/fetch-image.ts';
import { admitModel, admitRequest, reserveUpload, type Reservation } from './admit.ts';
import type { ReadPicture } from './picture-list.ts';
import { readOptions, type ReadOptions } from './read-options.ts';
import { readTerms, type Terms } from './read-terms.ts';
import { readUpload } from './read-upload.ts';
import type { RequestForm } from './request-form.ts';
import { sniffImage } from './sniff-image.ts';
import { submit, type Ticket } from './submit.ts';

/** Throws for what holds for every request, before anything of it is read. */
export function refuseAtOnce(context: GatewayContext): void {
  try {
    admitRequest(context);
  } catch (error) {
    context.metrics.refused(error instanceof ServiceError ? error.code : 'internal');
    throw error;
  }
}

export interface Accepted {
  /** In the order of the pictures: what was accepted, and why what was not. */
  readonly tickets: readonly (Ticket | ServiceError)[];
  readonly isList: boolean;
  readonly terms: Terms;
}

export async function accept(
  request: FastifyRequest,
  form: RequestForm,
  context: GatewayContext,
): Promise<Accepted> {
  const room = await orRefuse(context, () => reserveUpload(request, context));
  try {
    const read = await orRefuse(context, () => readRequest(request, form, room, context));
    const { model, terms, isList, pictures } = read;
    await orRefuse(context, async () => {
      admitModel(model, context);
      // The first was charged when the request came.
      await context.rateLimit.spend(request, pictures.length - 1);
    });
    const tickets = await Promise.all(
      pictures.map((picture, index) =>
        submitOne(picture, { ...read, ...(isList && { index }), request }, context),
      ),
    );
    return { tickets: refuseIfNone(tickets), isList, terms };
  } finally {
    room.release();
  }
}

async function submitOne(
  picture: ReadPicture,
  { request, ...read }: ReadRequest & { readonly index?: number; readonly request: FastifyRequest },
  context: GatewayContext,
): Promise<Ticket | ServiceError> {
  const { name: model, version } = read.model.record;
  try {
    if (picture instanceof ServiceError) throw picture;
    const submission = { ...read, bytes: picture, mediaType: mediaTypeOf(picture) };
    const ticket = await submit({ ...submission, requestId: request.id, caller: request.apiKey }, context);
    if (ticket.kind === 'open' && !ticket.isReplay) context.metrics.accepted({ model, version });
    return ticket;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    context.metrics.refused(error.code, model);
    return error;
  }
}

/** A list of which nothing could be taken now is refused whole, so that its caller comes again. */
function refuseIfNone(tickets: readonly (Ticket | ServiceError)[]): readonly (Ticket | ServiceError)[] {
  const refusals = tickets.filter((ticket) => ticket instanceof ServiceError);
  const trouble = refusals.find(({ kind }) => kind !== 'answer');
  if (trouble !== undefined && refusals.length === tickets.length) throw trouble;
  return tickets;
}

function mediaTypeOf(bytes: Bytes): MediaType {
  const mediaType = sniffImage(beginningOf(bytes));
  if (mediaType !== undefined) return mediaType;
  throw new ServiceError(
    'media_type_unsupported',
    'expected JPEG, PNG, WebP, TIFF, AVIF or GIF, came something else',
  );
}

/** More than any of the formats says of itself in its first words. */
const sniffedBytes = 4_096;

function beginningOf(bytes: Bytes): Buffer {
  const pieces = piecesOf(bytes);
  const [first] = pieces;
  // Pieces are large, unless the sender made them small.
  return first !== undefined && first.length >= sniffedBytes
    ? first
    : Buffer.concat(pieces, Math.min(sniffedBytes, lengthOf(bytes)));
}

interface ReadRequest extends ReadOptions {
  readonly pictures: readonly ReadPicture[];
  readonly isList: boolean;
  readonly terms: Terms;
}

async function readRequest(
  request: FastifyRequest,
  form: RequestForm,
  room: Reservation,
  { settings, registry }: GatewayContext,
): Promise<ReadRequest> {
  const { pictures, isList, fields } = await readUpload(request, form, {
    uploadBytesMax: settings.SHOAL_UPLOAD_BYTES_MAX,
    requestBytesMax: settings.SHOAL_REQUEST_BYTES_MAX,
    picturesMax: settings.SHOAL_REQUEST_PICTURES_MAX,
    uploadTimeoutMs: settings.SHOAL_UPLOAD_TIMEOUT_MS,
    received: room.received,
    fetchImage: (url, field) => fetchImage(url, { settings, field, reserve: room.extend }),
  });
  const { terms, rest } = readTerms(request.headers, fields, form, settings);
  return { pictures, isList, terms, ...(await readOptions(rest, form, registry)) };
}

/** What stops a request before it is a prediction is a refusal; later it is the prediction's own end. */
async function orRefuse<T>(
  { metrics }: GatewayContext,
  step: () => T | Promise<T>,
  model?: string,
): Promise<T> {
  try {
    return await step();
  } catch (error) {
    metrics.refused(error instanceof ServiceError ? error.code : 'internal', model);
    throw error;
  }
}
