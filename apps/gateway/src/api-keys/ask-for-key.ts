/**
 * Who may come in: every route asks for a key in `Authorization: Bearer`, but those that say that they do not. So a route
 * that somebody adds is closed until it is opened on purpose. It is asked before a byte of the body is read.
 *
 * The key itself goes no further than this file; from here on a caller is the key's name. Where no file of keys is set,
 * nobody is asked.
 */
import { ServiceError } from '@shoal/shared/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GatewayContext } from '../gateway-context.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * `open`: nobody is asked for a key. `page`, `predictor`: nobody is, if SHOAL_API_KEYS_EXEMPT says so. Unset: everybody.
     */
    access?: 'open' | 'page' | 'predictor';
  }
  interface FastifyRequest {
    /** The name of the key that came with it, if one did that is taken here. */
    apiKey: string | undefined;
  }
}

const bearer = /^Bearer +(\S+)$/i;

/** To be called after CORS is set up: a page of another origin must be able to read the refusal. */
export function askForKeys(
  app: FastifyInstance,
  { keyRing, settings, metrics }: Pick<GatewayContext, 'keyRing' | 'settings' | 'metrics'>,
): void {
  app.decorateRequest('apiKey', undefined);
  if (keyRing === undefined) return;
  const exempt: readonly string[] = ['open', ...settings.SHOAL_API_KEYS_EXEMPT];
  app.addHook('onRequest', async (request, reply) => {
    const given = request.headers.authorization;
    const key = given === undefined ? undefined : bearer.exec(given.trim())?.[1];
    if (key !== undefined) request.apiKey = keyRing.nameOf(key);
    if (request.apiKey !== undefined || isFree(request, exempt)) return;
    if (request.method === 'POST') metrics.refused('unauthorized');
    refuse(reply, given !== undefined);
  });
}

/** A preflight cannot bring a key, and where there is nothing, nothing is to be protected. */
function isFree(request: FastifyRequest, exempt: readonly string[]): boolean {
  const { access } = request.routeOptions.config;
  return request.method === 'OPTIONS' || request.is404 || (access !== undefined && exempt.includes(access));
}

/** As in RFC 6750, section 3: the error is named only where something was brought. */
function refuse(reply: FastifyReply, hasBroughtOne: boolean): never {
  reply.header('www-authenticate', `Bearer realm="shoal"${hasBroughtOne ? ', error="invalid_token"' : ''}`);
  throw new ServiceError(
    'unauthorized',
    hasBroughtOne
      ? 'this key is not taken here'
      : 'expected an API key in the header "Authorization: Bearer …"',
  );
}
