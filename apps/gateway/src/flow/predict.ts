/**
 * The gateway's story of one prediction, step by step; the worker's half is told in the runtime's `process-job`. The
 * bytes live only until they are in Redis: while a caller waits, this process holds a ticket and a socket.
 */
import { ServiceError, type Result } from '@shoal/shared/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GatewayContext } from '../gateway-context.ts';
import { tellOf } from '../request-log.ts';
import { admitModel, admitRequest, reserveUpload } from './admit.ts';
import { awaitResult } from './await-result.ts';
import { readOptions } from './read-options.ts';
import { readUpload } from './read-upload.ts';
import type { RequestForm } from './request-form.ts';
import { sniffImage } from './sniff-image.ts';
import { submit, type Submission, type Ticket } from './submit.ts';

export async function predict(
  request: FastifyRequest,
  reply: FastifyReply,
  form: RequestForm,
  context: GatewayContext,
): Promise<Result> {
  await orRefuse(context, () => admitRequest(context));
  context.load.inFlight += 1;
  try {
    const left = departureOf(reply);
    const ticket = await accept(request, form, context);
    reply.header('x-prediction-id', ticket.job.id);
    tellOf(request, ticket.job);
    const result = await awaitResult(ticket, left, context);
    tellOf(request, ticket.job, result);
    return result;
  } finally {
    context.load.inFlight -= 1;
  }
}

async function accept(request: FastifyRequest, form: RequestForm, context: GatewayContext): Promise<Ticket> {
  const release = await orRefuse(context, () => reserveUpload(request, context));
  try {
    return await readAndSubmit(request, form, context);
  } finally {
    release();
  }
}

async function readAndSubmit(
  request: FastifyRequest,
  form: RequestForm,
  context: GatewayContext,
): Promise<Ticket> {
  const read = await orRefuse(context, () => readRequest(request, form, context));
  const { name: model, version } = read.model.record;
  const ticket = await orRefuse(
    context,
    () => {
      admitModel(read.model, context);
      return submit({ ...read, requestId: request.id }, context);
    },
    model,
  );
  context.metrics.accepted({ model, version });
  return ticket;
}

async function readRequest(
  request: FastifyRequest,
  form: RequestForm,
  { settings, registry }: GatewayContext,
): Promise<Omit<Submission, 'requestId'>> {
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
  return { bytes, mediaType, ...(await readOptions(fields, form, registry)) };
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

/** Aborted when the connection closes before the answer was sent. */
function departureOf(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller.signal;
}
