/** Load on the stack, by the stress test in a process of its own, so that what it costs can be told apart. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { StressResult } from '../apps/cli/src/stress/stress-result.ts';
import { repository } from '../tests/support/service-process.ts';

export type Form = 'raw' | 'multipart';

export interface LoadRequest {
  readonly url: string;
  readonly model: string;
  /** A path. */
  readonly picture: string;
  readonly form: Form;
  readonly concurrency: number;
  readonly seconds: number;
}

/** Requests that are sent and not counted, a caller. */
export const warmUpPerCaller = 2;

/** Throws when a request failed: figures of a stack that fails are no figures. */
export async function generateLoad(request: LoadRequest): Promise<StressResult> {
  const { url, model, picture, form, concurrency, seconds } = request;
  const options = {
    url,
    model,
    image: picture,
    form,
    concurrency,
    seconds,
    warmup: warmUpPerCaller * concurrency,
  };
  const given = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(process.execPath, ['apps/cli/src/main.ts', 'stress', '--json', '--quiet', ...given], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const [code] = (await once(child, 'close')) as [number];
  if (text === '') throw new Error(`the load generator ended with status ${code}`);
  const result = JSON.parse(text) as StressResult;
  if (result.failed > 0 || result.latencyMs === null) {
    throw new Error(
      `${result.failed} of ${result.sent} requests failed: ${JSON.stringify(result.failures[0])}`,
    );
  }
  return result;
}
