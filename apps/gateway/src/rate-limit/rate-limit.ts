/**
 * How many predictions a caller may ask for in a minute, counted in Redis and so over all gateways; the only file that
 * imports the library for it. What does not fit is refused whole, with 429, and is not charged.
 *
 * Redis is not what decides here whether somebody gets in. While it is away or has no room, nobody is counted: the steps
 * after this one refuse then, and say why.
 */
import { ServiceError, type Keys } from '@shoal/shared/contract';
import type { Redis } from '@shoal/shared/redis';
import type { Logger } from '@shoal/shared/service';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { callerOf, type Caller } from './caller.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What is left to this caller, as far as it was charged. */
    quota: Quota | undefined;
  }
}

export interface Quota {
  readonly limit: number;
  readonly remaining: number;
  /** Whole seconds until all of it is there again. */
  readonly resetS: number;
}

const windowS = 60;

/**
 * KEYS count; ARGV points windowS limit. The library's own script counts what it refuses too: a call with too many pictures
 * would then use up what was left for smaller ones. Returns what would have been spent, and for how long it counts.
 */
const spendScript = `
local spent = (tonumber(redis.call('GET', KEYS[1])) or 0) + tonumber(ARGV[1])
local ttl = redis.call('PTTL', KEYS[1])
if ttl <= 0 then ttl = 1000 * tonumber(ARGV[2]) end
if spent <= tonumber(ARGV[3]) then redis.call('SET', KEYS[1], spent, 'PX', ttl) end
return { spent, ttl }
`;

export type Charged = Caller & Pick<FastifyRequest, 'quota'>;

export interface RateLimitOptions {
  readonly redis: Redis;
  readonly keys: Pick<Keys, 'rate'>;
  /** 0: no limit. */
  readonly perMinute: number;
  readonly canReachRedis: () => boolean;
  readonly log: Logger;
}

export class RateLimit {
  readonly #options: RateLimitOptions;
  readonly #limiter: RateLimiterRedis | undefined;

  constructor(options: RateLimitOptions) {
    this.#options = options;
    if (options.perMinute === 0) return;
    this.#limiter = new RateLimiterRedis({
      storeClient: options.redis,
      // Ours are whole already.
      keyPrefix: '',
      points: options.perMinute,
      duration: windowS,
      rejectIfRedisNotReady: true,
      customIncrTtlLuaScript: spendScript,
    });
  }

  /**
   * Charges `points` pictures (a whole number, 0 or more) to the request's caller, and notes on the request what is left.
   * Throws `rate_limited` when they do not fit; then none of them is charged.
   */
  async spend(request: Charged, points: number): Promise<void> {
    const { keys, perMinute, canReachRedis, log } = this.#options;
    if (this.#limiter === undefined || points === 0 || !canReachRedis()) return;
    try {
      const { remainingPoints, msBeforeNext } = await this.#limiter.consume(
        keys.rate(callerOf(request)),
        points,
      );
      request.quota = { limit: perMinute, remaining: remainingPoints, resetS: secondsOf(msBeforeNext) };
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) {
        log.warn({ err: error }, 'a request could not be counted');
        return;
      }
      const remaining = Math.max(0, perMinute - (error.consumedPoints - points));
      const resetS = secondsOf(error.msBeforeNext);
      request.quota = { limit: perMinute, remaining, resetS };
      throw new ServiceError('rate_limited', refusal(points, remaining, perMinute), { retryAfterS: resetS });
    }
  }
}

/** One picture of every request for a prediction is charged before its body is read; further ones by whoever finds them. */
export function limitRates(app: FastifyInstance, rateLimit: RateLimit, refused: () => void): void {
  app.decorateRequest('quota', undefined);
  app.addHook('onRequest', async (request) => {
    // Only predictions are posted.
    if (request.method !== 'POST' || request.is404) return;
    try {
      await rateLimit.spend(request, 1);
    } catch (error) {
      refused();
      throw error;
    }
  });
  app.addHook('onSend', async ({ quota }, reply) => {
    if (quota === undefined) return;
    reply.header('ratelimit-limit', quota.limit);
    reply.header('ratelimit-remaining', quota.remaining);
    reply.header('ratelimit-reset', quota.resetS);
  });
}

const secondsOf = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));

function refusal(points: number, remaining: number, perMinute: number): string {
  const pictures = points === 1 ? 'this picture' : `these ${points} pictures`;
  return `${perMinute} pictures a minute are allowed, of which ${remaining} are left: not enough for ${pictures}`;
}
