/** How the models of a server are, and whether a picture comes through to one of them and back. */
import { ShoalError, type ModelStatus, type ShoalClient } from '@shoal/client';
import { fail, ok, warn, type Finding } from './finding.ts';

/** Of the picture, loading and waiting included. */
const pictureBudgetMs = 30_000;
/** A queue that has waited longer than this is a sign. */
const waitMsMax = 60_000;

/** Grey, 64 x 64: what is found in it does not matter. */
const picture =
  'iVBORw0KGgoAAAANSUhEUgAAAEAAAABAAQMAAACQp+OdAAAAA1BMVEWAgICQdD0xAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAD0lEQVQoz2NgGAWjgHwAAAJAAAGMxat3AAAAAElFTkSuQmCC';

export async function lookAtModels(
  client: ShoalClient,
  named: string | undefined,
): Promise<readonly Finding[]> {
  let models;
  try {
    models = await client.models({ budgetMs: pictureBudgetMs });
  } catch (error) {
    return [fail('models', messageOf(error), 'the log of the gateway says more')];
  }
  if (models.length === 0) {
    return [
      fail(
        'models',
        'there is none yet',
        'a worker makes its model known: look whether one runs, and at its log; `npm start` starts one for each folder in models/',
      ),
    ];
  }
  const chosen =
    models.find(({ name, aliases }) => named !== undefined && [name, ...aliases].includes(named)) ??
    (named === undefined ? models.find(({ state }) => state === 'ready') : undefined);
  const missing =
    named !== undefined && chosen === undefined
      ? [
          fail(
            `model ${named}`,
            'there is none of this name',
            `there are ${models.map(({ name }) => name).join(', ')}`,
          ),
        ]
      : [];
  return [
    ...models.map(lookAtModel),
    ...missing,
    ...(chosen?.state === 'ready' ? [await sendPicture(client, chosen)] : []),
  ];
}

export function lookAtModel({ name, state, reason, workers, queue }: ModelStatus): Finding {
  const about = `model ${name}`;
  const waiting = queue.waiting === 0 ? '' : `, ${queue.waiting} waiting`;
  const failing = workers.filter((worker) => worker.state === 'failed');
  if (state === 'failed') {
    const why = reason ?? failing[0]?.reason ?? 'its workers do not say why';
    return fail(
      about,
      why,
      'the log of its worker says more; `shoal models check FOLDER` looks at the folder itself',
    );
  }
  if (state === 'away') {
    return warn(
      about,
      `no worker serves it${waiting}`,
      'start its worker, or look why it ended: `docker compose ps -a`',
    );
  }
  if (state === 'loading') return warn(about, `its worker loads it still${waiting}`, 'ask again in a minute');
  if (reason !== undefined) {
    return warn(about, reason, 'end the workers that have the older file, so that all serve the same');
  }
  if (failing.length > 0) {
    return warn(
      about,
      `${failing.length} of ${workers.length} workers failed: ${failing[0]?.reason ?? 'nobody knows why'}`,
      'look at the log of that worker',
    );
  }
  if (queue.oldestMs > waitMsMax) {
    return warn(
      about,
      `${queue.waiting} wait, the first of them for ${Math.round(queue.oldestMs / 1000)} s`,
      'more workers make it faster: `docker compose up -d --scale worker-yolo=2`',
    );
  }
  return ok(
    about,
    `ready, ${workers.length} on ${[...new Set(workers.map(({ device }) => device))].join(', ')}${waiting}`,
  );
}

async function sendPicture(client: ShoalClient, { name }: ModelStatus): Promise<Finding> {
  const startedMs = performance.now();
  try {
    const { timings } = await client.predict(Buffer.from(picture, 'base64'), {
      model: name,
      priority: 'high',
      budgetMs: pictureBudgetMs,
    });
    const ms = Math.round(performance.now() - startedMs);
    return ok('picture', `${name} answered in ${ms} ms, ${Math.round(timings.inferMs)} of them in the model`);
  } catch (error) {
    return fail('picture', `${name}: ${messageOf(error)}`, 'the log of the worker says more');
  }
}

const messageOf = (error: unknown): string => {
  if (error instanceof ShoalError) return error.message;
  throw error;
};
