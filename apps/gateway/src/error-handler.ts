/** The gateway's last word on every error: a body in the contract's form, and nobody outside sees a stack. */
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { ServiceError, type ErrorCode } from '@shoal/shared/contract';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { sendError } from './flow/send-result.ts';

export function handleErrors(app: FastifyInstance): void {
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request, reply) => sendError(reply, notFound(app, request, reply).toData()));
}

/** Answers for whatever was thrown, which need not be an Error. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = error instanceof ServiceError ? error : toServiceError(error);
  if (known.kind !== 'answer') request.log.warn({ err: known }, 'a request failed');
  // The rest of a body that never ends would keep the connection busy.
  if (known.code === 'upload_timeout') reply.header('connection', 'close');
  return sendError(reply, known.toData(), { retryAfterS: known.retryAfterS });
}

/** What cannot be read as HTTP at all has no request to answer; it is told so all the same, and its connection ends. */
export function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable) return;
  const [status, refusal] =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? ['408 Request Timeout', new ServiceError('upload_timeout', 'the request did not arrive in time')]
      : ['400 Bad Request', new ServiceError('options_invalid', 'this is no HTTP request that can be read')];
  const body = JSON.stringify({ error: refusal.toData() });
  const head = [
    `HTTP/1.1 ${error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : status}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${randomUUID()}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** Fastify's own refusals (a malformed URL, a header too large) carry a status; anything else is a bug. */
function toServiceError(error: unknown): ServiceError {
  const { statusCode: status = 500, message } = error instanceof Error ? (error as FastifyError) : {};
  if (status >= 500 || message === undefined) {
    return new ServiceError('internal', 'something went wrong here', { cause: error });
  }
  const codes: Record<number, ErrorCode> = {
    408: 'upload_timeout',
    413: 'upload_too_large',
    415: 'media_type_unsupported',
  };
  return new ServiceError(codes[status] ?? 'options_invalid', message, { cause: error });
}

function notFound(app: FastifyInstance, request: FastifyRequest, reply: FastifyReply): ServiceError {
  const url = request.url.split('?')[0]!;
  const there = (['GET', 'POST'] satisfies HTTPMethods[]).filter(
    (method) => app.findRoute({ method, url }) !== null,
  );
  if (there.length === 0)
    return new ServiceError('route_unknown', `there is nothing at ${url.slice(0, 200)}`);
  reply.header('allow', there.join(', '));
  return new ServiceError('method_not_allowed', `${url} takes ${there.join(', ')}, not ${request.method}`);
}
