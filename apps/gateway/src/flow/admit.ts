/**
 * Step 4: whether this gateway may take the request at all. Cheap, and asked twice: before a byte is read, for what holds
 * for every model, and when the model is known. What the queue has room for is decided in Redis, by `submit`.
 */
import { ServiceError } from '@shoal/shared/contract';
import type { ModelSnapshot } from '@shoal/shared/redis';
import type { FastifyRequest } from 'fastify';
import type { GatewayContext } from '../gateway-context.ts';

/** Redis has not answered for this long: requests are refused before they cost anything. */
const redisSilenceMaxMs = 5_000;

export function admitRequest(context: GatewayContext): void {
  if (context.load.phase === 'draining')
    throw new ServiceError('shutting_down', 'this gateway is shutting down');
  if (!canReachRedis(context)) throw new ServiceError('redis_unavailable', 'the queue cannot be reached');
  if (context.load.inFlight >= context.settings.SHOAL_REQUESTS_MAX) {
    throw new ServiceError('overloaded', 'this gateway has as many requests in flight as it may');
  }
}

/**
 * Takes room for the request's body out of what this gateway may hold at once, and gives the function that gives it back.
 * A body that does not say how large it is may be as large as any.
 */
export function reserveUpload(request: FastifyRequest, { load, settings }: GatewayContext): () => void {
  const declared = Number(request.headers['content-length'] ?? settings.SHOAL_UPLOAD_BYTES_MAX);
  // JSON is held as text and as a picture; the rest of it is small.
  const copies = request.headers['content-type']?.startsWith('application/json') === true ? 2 : 1;
  const bytes = copies * Math.min(declared, 2 * settings.SHOAL_UPLOAD_BYTES_MAX);
  // One upload is always let in, however small the limit.
  if (load.uploadBytes > 0 && load.uploadBytes + bytes > settings.SHOAL_UPLOADS_BYTES_MAX) {
    throw new ServiceError('overloaded', 'this gateway is receiving as many bytes as it may');
  }
  load.uploadBytes += bytes;
  return () => {
    load.uploadBytes -= bytes;
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

export function canReachRedis({ redis, registry }: Pick<GatewayContext, 'redis' | 'registry'>): boolean {
  return redis.status === 'ready' && registry.ageMs < redisSilenceMaxMs;
}
