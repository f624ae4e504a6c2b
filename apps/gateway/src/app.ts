/**
 * The HTTP application: plugins, hooks and routes over a context. Does not listen and owns no connection, so that it can
 * be driven without a port.
 */
import { closingMarginMs } from '@shoal/shared/contract';
import cors from '@fastify/cors';
import multipart from '@fastify/multipart';
import { fastifySSE } from '@fastify/sse';
import { LogController, fastify, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { askForKeys } from './api-keys/ask-for-key.ts';
import { answerError, handleErrors, refuseUnreadable } from './error-handler.ts';
import type { GatewayContext } from './gateway-context.ts';
import { lingerBeforeClosing } from './linger.ts';
import { limitRates } from './rate-limit/rate-limit.ts';
import { proxiesTrusted } from './rate-limit/trusted-proxy.ts';
import { requestIdOf } from './request-id.ts';
import { logRequests } from './request-log.ts';
import { descriptionRoutes } from './routes/description.ts';
import { healthRoutes } from './routes/health.ts';
import { internalRoutes } from './routes/internal.ts';
import { metricsRoute } from './routes/metrics.ts';
import { modelRoutes } from './routes/models.ts';
import { pageRoutes, programRoute } from './routes/page.ts';
import { predictionRoutes } from './routes/predictions.ts';
import { predictorRoute } from './routes/predictor.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Errors of this route are in the form of the old server. */
    isLegacy?: boolean;
  }
}

/** Headers and form fields are small; only a picture is large, and that is read by `read-upload`. */
const otherBytesMax = 64 * 1024;

/** A head is small: who sends one for longer only holds a connection. */
const headTimeoutMs = 10_000;

/** A proxy in front must let go of an idle connection before this, or it may send a request into a closing one. */
export const idleConnectionMs = 72_000;

/** Where what is built for people lies. */
export interface BuiltFolders {
  readonly page: string;
  readonly program: string;
}

export async function buildApp(context: GatewayContext, built: BuiltFolders): Promise<FastifyInstance> {
  const { settings } = context;
  const loggerInstance: FastifyBaseLogger = context.log;
  const app: FastifyInstance = fastify({
    loggerInstance,
    // The one line of a request is written by `request-log`. The worker's lines have the same label.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    bodyLimit: otherBytesMax,
    // Whatever `read-upload` allows must not be cut off below it.
    requestTimeout: settings.SHOAL_UPLOAD_TIMEOUT_MS + 5_000,
    http: {
      headersTimeout: Math.min(headTimeoutMs, settings.SHOAL_UPLOAD_TIMEOUT_MS),
      connectionsCheckingInterval: 1_000,
    },
    routerOptions: { ignoreTrailingSlash: true },
    // Whose quota a request is charged to, where it has no key.
    trustProxy: proxiesTrusted(settings.SHOAL_PROXY_HOPS),
    genReqId: (request) => requestIdOf(request.headers),
    keepAliveTimeout: idleConnectionMs,
    forceCloseConnections: 'idle',
    clientErrorHandler: refuseUnreadable,
    // An address that cannot be read never reaches a hook or the error handler.
    frameworkErrors: (error, request, reply) => {
      reply.header('x-request-id', request.id);
      answerError(error, request, reply);
    },
  });
  // Node would refuse what is expected beyond `100-continue` with a status and nothing more; HTTP lets it be ignored.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  logRequests(app, context.metrics);
  // Who keeps a connection to a gateway that leaves would find it closed with the next request on its way.
  app.addHook('onSend', async (_request, reply) => {
    if (context.load.phase !== 'serving') reply.header('connection', 'close');
  });
  // An upload may take as long as any, but not when it took too long already, or keeps a gateway from leaving.
  lingerBeforeClosing(app, (status) =>
    status === 408 || context.load.phase !== 'serving' ? closingMarginMs : settings.SHOAL_UPLOAD_TIMEOUT_MS,
  );
  handleErrors(app);

  await app.register(cors, {
    origin: settings.CORS_ORIGINS.includes('*') ? '*' : [...settings.CORS_ORIGINS],
    methods: ['GET', 'POST', 'DELETE', 'OPTIONS'],
    exposedHeaders: [
      'x-request-id',
      'x-prediction-id',
      'retry-after',
      'location',
      'preference-applied',
      'idempotent-replayed',
      'www-authenticate',
      'ratelimit-limit',
      'ratelimit-remaining',
      'ratelimit-reset',
    ],
  });
  askForKeys(app, context);
  limitRates(app, context.rateLimit, () => context.metrics.refused('rate_limited'));
  // Bodies stay streams: `read-upload` reads them, with its own limits.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  await app.register(multipart, {
    // Of several pictures one that is too large is no reason to stop reading the others: `read-multipart` looks.
    throwFileSizeLimit: false,
    isPartAFile: (_name, type, fileName) =>
      fileName !== undefined || type === 'application/octet-stream' || type?.startsWith('image/') === true,
  });

  // Comes often enough for whatever lies between to keep the connection.
  await app.register(fastifySSE, { heartbeatInterval: 15_000 });

  predictorRoute(app, context);
  predictionRoutes(app, context);
  modelRoutes(app, context);
  healthRoutes(app, context);
  metricsRoute(app, context);
  internalRoutes(app, context);
  descriptionRoutes(app, context);
  await pageRoutes(app, built.page);
  await programRoute(app, built.program);
  return app;
}
