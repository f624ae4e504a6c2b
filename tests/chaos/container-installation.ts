/**
 * The Compose project as what is under test: called through its front door alone, its containers killed, frozen and cut
 * off from Redis. What dies is started again by the engine, as Compose says.
 */
import { killProcess, lifeOf, signalProcess } from '../support/containers.ts';
import type { ComposeStack } from '../support/compose-stack.ts';
import { docker } from '../support/docker.ts';
import { waitFor } from '../support/wait-for.ts';
import type { History } from './history.ts';
import type { Installation, Victim, VictimKind } from './installation.ts';
import { knownIdsOf } from './known-ids.ts';

const model = 'demo-yolo';

/** Scales the project to so many gateways and workers, and waits until all of them serve. */
export async function prepareContainers(
  stack: ComposeStack,
  counts: { readonly gateways: number; readonly workers: number },
): Promise<Installation> {
  const network = `${stack.composeEnvironment['COMPOSE_PROJECT_NAME']}_exchange`;
  const scale = (service: string, count: number) =>
    stack.compose('up', '-d', '--no-deps', '--no-recreate', '--scale', `${service}=${count}`, service);
  // It would only take part of the machine.
  await stack.compose('stop', 'worker-detectron');
  await scale('gateway', counts.gateways);
  await scale('worker-yolo', counts.workers);
  await waitFor('all workers', async () => (await readyWorkers(stack.url)) === counts.workers, 120_000);
  const victimsOf = async (kind: VictimKind, service: string): Promise<Victim[]> =>
    (await stack.containersOf(service)).map((id, place) =>
      victimOf(kind, `${kind} ${place + 1}`, id, network),
    );
  const workers = await victimsOf('worker', 'worker-yolo');
  const workerIds = await stack.containersOf('worker-yolo');
  const [redisId] = await stack.containersOf('redis');
  return {
    model,
    urls: [stack.url],
    victims: [...(await victimsOf('gateway', 'gateway')), ...workers, ...(await victimsOf('redis', 'redis'))],
    isScripted: false,
    callsBack: false,
    watch: async () => undefined,
    collect: async (history) => {
      for (const [place, id] of workerIds.entries()) await readLog(id, workers[place]!.name, history);
    },
    knownIds: () => waitFor('Redis to say what it knows', () => knownIdsOf((...args) => ask(redisId!, args))),
    stop: async () => undefined,
  };
}

async function readyWorkers(url: string): Promise<number> {
  const response = await fetch(`${url}/v1/models/${model}`);
  const { workers } = (await response.json()) as { workers: { state: string }[] };
  return workers.filter(({ state }) => state === 'ready').length;
}

function victimOf(kind: VictimKind, name: string, id: string, network: string): Victim {
  return {
    kind,
    name,
    kill: () => kill(id),
    pause: () => signalProcess(id, 'STOP'),
    resume: () => signalProcess(id, 'CONT'),
    cut: () => tell('network', 'disconnect', network, id),
    heal: () => tell('network', 'connect', network, id),
  };
}

/** Resolves when it is dead, or already started again. */
async function kill(id: string): Promise<void> {
  const life = await lifeOf(id);
  if (life === undefined) throw new Error('it is down');
  await killProcess(id);
  await waitFor('it to die', async () => (await lifeOf(id)) !== life);
}

async function tell(...command: string[]): Promise<void> {
  await docker(...command);
}

/** The worker's log outlives its deaths: the container stays the same. */
async function readLog(id: string, name: string, history: History): Promise<void> {
  const text = await docker('logs', id);
  for (const line of text.split('\n')) {
    if (!line.startsWith('{')) continue;
    const { msg, id: prediction, time } = JSON.parse(line) as Record<string, unknown>;
    if (msg !== 'answered' || typeof prediction !== 'string') continue;
    history.publications.push({ id: prediction, by: name, atMs: Date.parse(String(time)) });
  }
}

const redisCli = 'REDISCLI_AUTH=$(cat /run/shoal/redis-password) exec redis-cli --json "$@"';

async function ask(redisId: string, command: readonly string[]): Promise<unknown> {
  return JSON.parse(await docker('exec', redisId, 'sh', '-c', redisCli, 'redis-cli', ...command));
}
