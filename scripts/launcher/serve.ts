/**
 * Runs the gateway and the workers of one start, from the first process to the last one gone: waits until all are
 * ready, announces it, keeps them until a stop is asked for, and stops them in order. Redis is its caller's.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ModelToStart } from './choose-models.ts';
import { LogFile } from './log-file.ts';
import { lookOnce } from './readiness.ts';
import type { ReadyModel } from './readiness.ts';
import { ServiceLines } from './service-lines.ts';
import { ServiceProcess, describeEnd } from './service-process.ts';
import type { StopRequest } from './stop-request.ts';
import { Supervisor } from './supervisor.ts';

export interface Serving {
  readonly root: string;
  readonly models: readonly ModelToStart[];
  readonly logDirectory: string;
  /** What every service gets; a worker gets its model on top. */
  readonly env: NodeJS.ProcessEnv;
  readonly address: string;
  /** For each of the gateway and the workers, before it is killed. */
  readonly stopWithinMs: number;
  readonly say: (line: string) => void;
  readonly announce: (ready: readonly ReadyModel[]) => string;
}

const lookEveryMs = 100;
const stillWaitingEveryMs = 15_000;

/** Resolves after an orderly stop. Throws when a service ends before all were ready. Leaves none running. */
export async function serve(serving: Serving, request: StopRequest): Promise<void> {
  const { say } = serving;
  const lines = new ServiceLines(say);
  const gateway = describeService(serving, lines, 'gateway', 'apps/gateway/src/main.ts', {});
  const workers = serving.models.map(({ name, entry, folder }) =>
    describeService(serving, lines, `worker ${name}`, entry, { MODEL: folder }),
  );
  const supervisor = new Supervisor(say);
  const watching = new AbortController();
  try {
    for (const service of [gateway, ...workers]) supervisor.run(service);
    const giveUp = AbortSignal.any([request.stop, watching.signal]);
    const first = await Promise.race([supervisor.earlyDeath, whenReady(serving, lines, giveUp)]);
    if (first !== undefined && 'service' in first) {
      const { service, end } = first;
      lines.show(service.spec.name);
      throw new Error(
        `The ${service.spec.name} ended before it was ready (${describeEnd(end)}). Everything was stopped.`,
      );
    }
    if (first !== undefined) {
      supervisor.allowRestarts();
      lines.forget();
      say(serving.announce(first.models));
      await untilAborted(request.stop);
    }
    say('Stopping the gateway, the workers, then Redis; Ctrl-C again hurries.');
  } finally {
    watching.abort();
    // The gateway first: it answers what it has accepted, for which it needs the workers, and they need Redis.
    await supervisor.stop([[gateway], workers], serving.stopWithinMs, request.hurry);
  }
}

function describeService(
  { root, env, logDirectory }: Serving,
  lines: ServiceLines,
  name: string,
  entry: string,
  extra: NodeJS.ProcessEnv,
): ServiceProcess {
  const log = new LogFile(join(logDirectory, `${name.replace(' ', '-')}.log`));
  return new ServiceProcess({ name, entry, root, env: { ...env, ...extra } }, log, (line) =>
    lines.take(name, line),
  );
}

/** Undefined when the signal came first. */
async function whenReady(
  { address, models, say }: Serving,
  lines: ServiceLines,
  giveUp: AbortSignal,
): Promise<{ readonly models: readonly ReadyModel[] } | undefined> {
  const names = models.map((model) => model.name);
  let saidAt = performance.now();
  while (!giveUp.aborted) {
    const readiness = await lookOnce(address, names);
    if (readiness.state === 'ready') return readiness;
    if (performance.now() - saidAt > stillWaitingEveryMs) {
      saidAt = performance.now();
      lines.show();
      say(`Still waiting for ${readiness.waitingFor.join(', ')}.`);
    }
    await delay(lookEveryMs, undefined, { signal: giveUp }).catch(() => undefined);
  }
  return undefined;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((done) => {
    signal.addEventListener('abort', () => done(), { once: true });
  });
}
