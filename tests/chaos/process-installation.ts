/**
 * Gateways, workers and a Redis as processes of this machine, under a supervisor that starts again whatever dies, at once
 * and for any reason.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { connectConsumer, connectSubscriber } from '../../packages/shared/src/redis/index.ts';
import { freePort } from '../../scripts/redis/ports.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { makeModelsFolder } from '../support/scripted-models.ts';
import { repository, ServiceProcess } from '../support/service-process.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Installation, Victim, VictimKind } from './installation.ts';
import { knownIdsOf } from './known-ids.ts';
import { SupervisedService, type Evidence } from './supervised-service.ts';
import { watchWrites } from './watch-writes.ts';

export interface ProcessInstallationOptions {
  readonly gateways: number;
  readonly workers: number;
  /** `scripted` dies of pictures that ask for it. */
  readonly model: 'scripted' | 'demo-yolo';
  /** What Redis keeps through a crash: all, all but what it was about to write, or nothing. */
  readonly durability: 'always' | 'everysec' | 'nothing';
  readonly env?: Readonly<Record<string, string>>;
  /** Where everything that the services wrote is put, one file each; default nowhere. */
  readonly logsFolder?: string | undefined;
}

const bytesMax = 300_000_000;
export async function startProcesses(options: ProcessInstallationOptions): Promise<Installation> {
  const stopping: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stopping.toReversed()) await end();
  };
  try {
    return await start(options, stopping, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  { gateways, workers, model, durability, env, logsFolder }: ProcessInstallationOptions,
  stopping: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<Installation> {
  const redis = await startRedis({
    isAppendOnly: durability !== 'nothing',
    isSyncedAlways: durability === 'always',
    memoryBytesMax: 1024 ** 3,
  });
  stopping.push(() => redis.stop());
  const models = model === 'scripted' ? await makeModelsFolder() : undefined;
  if (models) stopping.push(() => models.remove());
  await models?.add('scripted', 'maxBatch: 8\n');
  const base = {
    REDIS_URL: redis.url,
    MODELS_DIR: models?.dir ?? path.join(repository, 'models'),
    SHOAL_QUEUE_BYTES_MAX: String(bytesMax),
    SHOAL_MODEL_BYTES_MAX: String(bytesMax),
    SHOAL_ORT_THREADS: '1',
    SHOAL_BATCH_MAX: '8',
    SHOAL_WEBHOOK_PRIVATE: 'true',
    ...env,
  };
  if (logsFolder !== undefined) mkdirSync(logsFolder, { recursive: true });
  const evidence: Evidence = { history: undefined, logsFolder };
  const services: SupervisedService[] = [];
  const supervise = (
    kind: VictimKind,
    number: number,
    main: string,
    more: Record<string, string>,
  ): SupervisedService => {
    const service = new SupervisedService(
      kind,
      `${kind} ${number}`,
      evidence,
      (onLine) => new ServiceProcess(main, { ...base, ...more }, { onLine }),
    );
    services.push(service);
    return service;
  };
  stopping.push(async () => {
    await Promise.all(services.map((service) => service.stop()));
  });
  const urls: string[] = [];
  const victims: Victim[] = [];
  for (let number = 1; number <= gateways; number += 1) {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    urls.push(url);
    victims.push({
      ...victimOf(supervise('gateway', number, 'apps/gateway/src/main.ts', { PORT: String(port) })),
      url,
    });
  }
  const main =
    model === 'scripted' ? 'tests/fixtures/scripted-worker/main.ts' : 'apps/worker-yolo/src/main.ts';
  for (let number = 1; number <= workers; number += 1) {
    victims.push(victimOf(supervise('worker', number, main, { MODEL: model })));
  }
  victims.push(redisVictim(redis));
  for (const url of urls) {
    await waitFor(
      `all at ${url}`,
      async () => {
        const response = await fetch(`${url}/v1/models/${model}`);
        if (!response.ok) return false;
        const { workers: live } = (await response.json()) as { workers: { state: string }[] };
        return live.filter(({ state }) => state === 'ready').length === workers;
      },
      60_000,
    ).catch((error: unknown) => {
      throw new Error(services.map(({ text }) => text.slice(-1_500)).join('\n---\n'), { cause: error });
    });
  }
  const look = connectConsumer(redis.url);
  const listener = connectSubscriber(redis.url);
  for (const connection of [look, listener]) connection.on('error', () => undefined);
  stopping.push(async () => {
    look.disconnect();
    listener.disconnect();
    await Promise.resolve();
  });
  return {
    model,
    urls,
    victims,
    isScripted: model === 'scripted',
    callsBack: true,
    watch: async (history) => {
      evidence.history = history;
      await watchWrites(look, listener, history);
    },
    collect: async () => undefined,
    knownIds: () => knownIdsOf((...command) => look.call(...command)),
    stop,
  };
}

function victimOf(service: SupervisedService): Victim {
  const { kind, name } = service;
  return {
    kind,
    name,
    kill: () => service.kill(),
    pause: async () => Promise.resolve(service.signal('SIGSTOP')),
    resume: async () => Promise.resolve(service.signal('SIGCONT')),
  };
}

function redisVictim(redis: TestRedis): Victim {
  let restarting = Promise.resolve();
  return {
    kind: 'redis',
    name: 'redis',
    kill: async () => {
      await restarting;
      await redis.kill();
      restarting = redis.restart();
    },
    pause: async () => {
      await restarting;
      await redis.pause();
    },
    resume: () => redis.resume(),
  };
}
