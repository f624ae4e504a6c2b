import { expect, test } from 'vitest';
import { testRecord, useRedis } from '../../../tests/support/exchange.ts';
import { figuresReader, type FiguresSources } from './installation-figures.ts';

const world = useRedis();
const accepted = { jobs: 3, bytes: 30, byPriority: { high: 0, normal: 2, low: 1 } };

/** Two models; how often the queue of each was asked is written down. */
function sources(asked: string[]): FiguresSources {
  const worker = { id: 'w', model: 'tiny', device: 'cpu', version: 'v1', sha256: '' };
  return {
    redis: world.redis,
    ledger: { readAccepted: async () => new Map([['tiny', accepted]]) },
    quarantine: { readFigures: async () => new Map([['gone', { pictures: 2, bytes: 50 }]]) },
    queues: {
      async figures(model) {
        asked.push(model);
        return { waiting: 1, active: 2, oldestMs: 500, failed: 0 };
      },
    },
    registry: {
      models: [
        {
          record: testRecord(),
          lastSeenMs: 0,
          workers: [
            { ...worker, state: 'ready' },
            { ...worker, state: 'ready' },
            { ...worker, state: 'loading' },
          ],
        },
        { record: testRecord({ name: 'away' }), lastSeenMs: 0, workers: [] },
      ],
    },
  };
}

test('every model has its figures, also one that nobody serves and nobody asks for', async () => {
  const figures = await figuresReader(sources([])).read();
  const queue = { waiting: 1, active: 2, oldestMs: 500, failed: 0 };
  const [tiny, away] = figures!.models;
  expect(tiny).toEqual({
    model: 'tiny',
    version: 'v1',
    queue,
    accepted,
    workers: { ready: 2, loading: 1, failed: 0 },
  });
  expect(away).toMatchObject({
    accepted: { jobs: 0, bytes: 0 },
    workers: { ready: 0, loading: 0, failed: 0 },
  });
  expect(figures!.quarantine).toEqual(new Map([['gone', { pictures: 2, bytes: 50 }]]));
});

test('however many look, Redis is asked once in a while', async () => {
  const asked: string[] = [];
  let nowMs = 0;
  const reader = figuresReader(sources(asked), () => nowMs);
  await Promise.all([reader.read(), reader.read()]);
  nowMs = 1_999;
  await reader.read();
  expect(asked).toEqual(['tiny', 'away']);
  nowMs = 2_000;
  await reader.read();
  expect(asked).toHaveLength(4);
});

test('when something cannot be had there are no figures, and later there are again', async () => {
  let nowMs = 0;
  let isAway = true;
  const whole = sources([]);
  const queues: FiguresSources['queues'] = {
    async figures(model) {
      if (isAway) throw new Error('the queue did not answer');
      return whole.queues.figures(model);
    },
  };
  const reader = figuresReader({ ...whole, queues }, () => nowMs);
  expect(await reader.read()).toBeUndefined();
  isAway = false;
  nowMs = 2_000;
  expect((await reader.read())?.models).toHaveLength(2);
});
