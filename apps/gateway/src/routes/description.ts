/** `/openapi.json` and `/docs`: this API for programs and for people. Open to everybody, as nothing of it is secret. */
import type { FastifyInstance } from 'fastify';
import { describeApi } from '../api-description/describe-api.ts';
import { renderPage, pageStyleHash } from '../api-description/render-page.ts';
import type { GatewayContext } from '../gateway-context.ts';
import { pathPrefixOf } from '../path-prefix.ts';

/** The page has one style and no script, and nothing is fetched from anywhere. */
const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src '${pageStyleHash}'`,
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ');

export function descriptionRoutes(
  app: FastifyInstance,
  { keyRing, settings }: Pick<GatewayContext, 'keyRing' | 'settings'>,
): void {
  const exempt: readonly string[] = settings.SHOAL_API_KEYS_EXEMPT;
  const options = {
    keys: keyRing === undefined ? 'none' : 'required',
    exempt: exempt.includes('predictor') ? ['/predictor'] : [],
  } as const;
  const description = describeApi(options);
  const page = renderPage(description);

  app.get('/openapi.json', { config: { access: 'open' } }, (request) => {
    const prefix = pathPrefixOf(request);
    return prefix === '' ? description : { ...description, servers: [{ url: prefix }] };
  });

  app.get('/docs', { config: { access: 'open' } }, (request, reply) => {
    // What it leads to is named relative to its address, which therefore ends in no slash.
    if (request.url.split('?')[0]!.endsWith('/')) return reply.redirect('../docs', 308);
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', contentSecurityPolicy)
      .header('cache-control', 'no-cache')
      .header('x-content-type-options', 'nosniff')
      .header('referrer-policy', 'no-referrer')
      .send(page);
  });
}
