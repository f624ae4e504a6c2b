/**
 * Step 4: whether this gateway may take the request at all. Cheap, and asked twice: before a byte is read, for what holds
 * for every model, and when the model is known. What the queue has room for is decided in Redis, by `submit`.
 */
import { ServiceError } from '@shoal/shared/contract';
import type { ModelSnapshot } from '@shoal/shared/redis';
import type { FastifyRequest } from 'fastify';
import type { GatewayContext } from '../gateway-context.ts';

export function admitRequest(context: GatewayContext): void {
  if (context.load.phase === 'draining')
    throw new ServiceError('shutting_down', 'this gateway is shutting down');
  const { unusableBecause, isNearlyFull } = context.redisWatch;
  if (unusableBecause !== undefined) throw new ServiceError('redis_unavailable', unusableBecause);
  if (isNearlyFull) {
    throw new ServiceError(
      'overloaded',
      'the queue has no room: Redis keeps what is left of its memory for answers',
    );
  }
  if (context.load.inFlight >= context.settings.SHOAL_REQUESTS_MAX) {
    throw new ServiceError('overloaded', 'this gateway has as many requests in flight as it may');
  }
}

/** Room for bytes of one request, out of what this gateway may hold at once. */
export interface Reservation {
  /** Bytes of the body have come. Throws `overloaded`. */
  readonly received: (bytes: number) => void;
  /** For bytes that turn up later: a picture that the body only names. Throws `overloaded`. */
  readonly extend: (bytes: number) => void;
  readonly release: () => void;
}

/**
 * Takes room for the request's body as it comes: what is only promised holds none, or a few who promise much and send nothing
 * would keep out everybody. One that does not say how large it is may be as large as any.
 */
export function reserveUpload(
  request: FastifyRequest,
  { load, settings }: Pick<GatewayContext, 'load' | 'settings'>,
): Reservation {
  const declared = Number(request.headers['content-length'] ?? settings.SHOAL_REQUEST_BYTES_MAX);
  // JSON is held as text and as a picture; the rest of it is small.
  const copies = request.headers['content-type']?.startsWith('application/json') === true ? 2 : 1;
  const bytes = copies * Math.min(declared, 2 * settings.SHOAL_REQUEST_BYTES_MAX);
  let taken = 0;
  let isReleased = false;
  const extend = (more: number): void => {
    // A request that took too long is answered while its picture may still be on the way.
    if (isReleased) throw new ServiceError('upload_timeout', 'the request has ended');
    // One upload is always let in, however small the limit.
    const isAlone = load.uploadBytes === taken;
    if (!isAlone && load.uploadBytes + more > settings.SHOAL_UPLOADS_BYTES_MAX) {
      throw new ServiceError('overloaded', 'this gateway is receiving as many bytes as it may');
    }
    load.uploadBytes += more;
    taken += more;
  };
  // Refused before it is sent, where there is no room for it now.
  if (load.uploadBytes > 0 && load.uploadBytes + bytes > settings.SHOAL_UPLOADS_BYTES_MAX) {
    throw new ServiceError('overloaded', 'this gateway is receiving as many bytes as it may');
  }
  return {
    received: (came) => extend(copies * came),
    extend,
    release: () => {
      isReleased = true;
      load.uploadBytes -= taken;
    },
  };
}

export function admitModel({ record, lastSeenMs, workers }: ModelSnapshot, context: GatewayContext): void {
  if (workers.some((worker) => worker.state !== 'failed')) return;
  const awayMs = Date.now() - lastSeenMs;
  if (awayMs <= context.settings.SHOAL_MODEL_GRACE_MS) return;
  const reason = workers.find((worker) => worker.state === 'failed')?.reason;
  throw new ServiceError(
    'model_unavailable',
    `no worker serves ${record.name} at present${reason === undefined ? '' : `: ${reason}`}`,
  );
}
