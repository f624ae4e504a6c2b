/** What the front door took off the path of a request, so that an address can be given as its caller sees it. */
import type { FastifyRequest } from 'fastify';

/** As `/shoal`, or ''. What does not look like a path is not repeated. */
export function pathPrefixOf({ headers }: Pick<FastifyRequest, 'headers'>): string {
  const prefix = String(headers['x-forwarded-prefix'] ?? '');
  return /^(?:\/[\w.~-]+)+$/.test(prefix) ? prefix : '';
}
