/**
 * The gateway's story of one prediction, step by step; the worker's half is told in the runtime's `process-job`. The
 * bytes live only until they are in Redis: while a caller waits, this process holds a ticket and a socket.
 */
import { ServiceError, type Result } from '@shoal/shared/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GatewayContext } from '../gateway-context.ts';
import { admitModel, admitRequest } from './admit.ts';
import { awaitResult } from './await-result.ts';
import { readOptions } from './read-options.ts';
import { readUpload } from './read-upload.ts';
import type { RequestForm } from './request-form.ts';
import { sniffImage } from './sniff-image.ts';
import { submit, type Ticket } from './submit.ts';

export async function predict(
  request: FastifyRequest,
  reply: FastifyReply,
  form: RequestForm,
  context: GatewayContext,
): Promise<Result> {
  admitRequest(context);
  context.load.inFlight += 1;
  try {
    const left = departureOf(reply);
    const ticket = await accept(request, form, context);
    reply.header('x-prediction-id', ticket.job.id);
    return await awaitResult(ticket, left, context);
  } finally {
    context.load.inFlight -= 1;
  }
}

async function accept(request: FastifyRequest, form: RequestForm, context: GatewayContext): Promise<Ticket> {
  const { settings, registry } = context;
  const { bytes, fields } = await readUpload(request, form, {
    uploadBytesMax: settings.SHOAL_UPLOAD_BYTES_MAX,
    uploadTimeoutMs: settings.SHOAL_UPLOAD_TIMEOUT_MS,
  });
  const mediaType = sniffImage(bytes);
  if (mediaType === undefined) {
    throw new ServiceError(
      'media_type_unsupported',
      'expected JPEG, PNG, WebP, TIFF, AVIF or GIF, came something else',
    );
  }
  const { model, options } = await readOptions(fields, form, registry);
  admitModel(model, context);
  return submit({ bytes, mediaType, model, options, requestId: request.id }, context);
}

/** Aborted when the connection closes before the answer was sent. */
function departureOf(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller.signal;
}
