/**
 * A worker's own small port, for those who look after it: is it alive, does it take jobs, what has it counted. It serves
 * no predictions and takes no bodies.
 */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WorkerMetrics } from './metrics.ts';

export interface HealthServerOptions {
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
  readonly metrics: Pick<WorkerMetrics, 'render' | 'contentType'>;
  /** Why this process will never take a job again; undefined while it may. */
  readonly stuckBecause: () => string | undefined;
  /** Why no jobs are taken at present; undefined when they are. */
  readonly unreadyBecause: () => string | undefined;
}

export interface HealthServer {
  readonly address: string;
  close(): void;
}

/** The port cannot be had: a person has to choose another. */
export class HealthPortError extends Error {
  override readonly name = 'HealthPortError';
}

export async function serveHealth(options: HealthServerOptions): Promise<HealthServer> {
  const { host, port } = options;
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    answer(path, response, options).catch((error: unknown) => send(response, 500, String(error)));
  });
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'failed';
    throw new HealthPortError(
      `cannot listen on ${host}:${port} (${code}): choose another SHOAL_METRICS_PORT or SHOAL_METRICS_HOST`,
    );
  }
  // It must not keep alive a process that has nothing else to do.
  server.unref();
  return {
    address: `http://${host}:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(
  path: string | undefined,
  response: ServerResponse,
  { metrics, stuckBecause, unreadyBecause }: HealthServerOptions,
): Promise<void> {
  if (path === '/livez') return sayWhyNot(response, stuckBecause());
  if (path === '/metrics') return send(response, 200, await metrics.render(), metrics.contentType);
  if (path !== '/readyz') return send(response, 404, 'there are /livez, /readyz and /metrics');
  sayWhyNot(response, unreadyBecause());
}

function sayWhyNot(response: ServerResponse, reason: string | undefined): void {
  send(response, reason === undefined ? 200 : 503, reason ?? 'ok');
}

function send(response: ServerResponse, status: number, text: string, type = 'text/plain'): void {
  response.writeHead(status, { 'content-type': type }).end(`${text}\n`);
}
