/**
 * What people get from a gateway: the page, built by `apps/web`, static files nothing of which may load or run anything from
 * elsewhere; and the command line, built by `apps/cli`, one file. What is not built is not there.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** `blob:` is how the page shows a picture that was just chosen; nothing else is let in. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'self'",
].join('; ');

export async function pageRoutes(app: FastifyInstance, folder: string): Promise<void> {
  if (!existsSync(path.join(folder, 'index.html'))) {
    app.log.warn({ folder }, 'the page is not built: there is none at /');
    return;
  }
  await app.register(async (page) => {
    page.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'page' };
    });
    await page.register(fastifyStatic, {
      root: folder,
      // A list of what there is: everything else is the API's, and its 404 is in JSON.
      wildcard: false,
      cacheControl: false,
      setHeaders: (reply, file) => {
        const isNamedByContent = file.includes(`${path.sep}assets${path.sep}`);
        reply.header('cache-control', isNamedByContent ? 'public, max-age=31536000, immutable' : 'no-cache');
        reply.header('content-security-policy', contentSecurityPolicy);
        reply.header('x-content-type-options', 'nosniff');
        reply.header('referrer-policy', 'no-referrer');
      },
    });
  });
}

/** `GET /shoal.mjs`, for any machine with Node. */
export async function programRoute(app: FastifyInstance, folder: string): Promise<void> {
  if (!existsSync(path.join(folder, 'shoal.mjs'))) {
    app.log.warn({ folder }, 'the command line is not built: there is no /shoal.mjs');
    return;
  }
  await app.register(async (program) => {
    program.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'page' };
    });
    await program.register(fastifyStatic, {
      root: folder,
      wildcard: false,
      cacheControl: false,
      setHeaders: (reply) => {
        reply.header('cache-control', 'no-cache');
        reply.header('x-content-type-options', 'nosniff');
      },
    });
  });
}
