import type { WorkerAnnouncement } from '@shoal/shared/contract';
import type { ModelSnapshot } from '@shoal/shared/redis';
import { describe, expect, test, vi } from 'vitest';
import { testRecord } from '../../../tests/support/exchange.ts';
import { ModelRegistry, stateOf } from './model-registry.ts';

const snapshot = (name: string, aliases: string[] = [], lastSeenMs = 0): ModelSnapshot => ({
  record: testRecord({ name, aliases }),
  lastSeenMs,
  workers: [],
});

/** A registry over a list that the test changes, with a clock that the test moves. */
function registryOf(...first: ModelSnapshot[]) {
  const world = { models: first, nowMs: 0, looks: 0, isAway: false };
  const registry = new ModelRegistry(
    {
      list: async () => {
        world.looks += 1;
        if (world.isAway) throw new Error('Redis is away');
        return world.models;
      },
    },
    () => world.nowMs,
  );
  return { registry, world };
}

describe('resolve', () => {
  test('finds a model by its name or an alias', async () => {
    const { registry } = registryOf(snapshot('first', ['old']), snapshot('second'));
    expect((await registry.resolve('second')).record.name).toBe('second');
    expect((await registry.resolve('old')).record.name).toBe('first');
  });

  test('a name is stronger than the alias of another', async () => {
    const { registry } = registryOf(snapshot('first', ['second'], 9), snapshot('second', [], 1));
    expect((await registry.resolve('second')).record.name).toBe('second');
  });

  test('an alias that has moved is that of the model that was seen last', async () => {
    const { registry, world } = registryOf(
      snapshot('first', ['old'], 1_000),
      snapshot('second', ['old'], 2_000),
    );
    expect((await registry.resolve('old')).record.name).toBe('second');
    world.models = [snapshot('first', ['old'], 3_000), snapshot('second', ['old'], 2_000)];
    await registry.refresh();
    expect((await registry.resolve('old')).record.name).toBe('first');
  });

  test('a name that is not there is looked for once more, since its model may be new', async () => {
    const { registry, world } = registryOf(snapshot('first'));
    await registry.refresh();
    world.models = [snapshot('first'), snapshot('new')];
    world.nowMs = 1_000;
    expect((await registry.resolve('new')).record.name).toBe('new');
    expect(world.looks).toBe(2);
  });

  test('many unknown names do not become many questions to Redis', async () => {
    const { registry, world } = registryOf(snapshot('first', ['old']));
    for (let n = 0; n < 50; n++) {
      await expect(registry.resolve(`guess-${n}`)).rejects.toMatchObject({
        code: 'model_unknown',
        message: `model: there is no "guess-${n}"; there are: first, old`,
      });
    }
    expect(world.looks).toBe(1);
    world.nowMs = 201;
    await Promise.allSettled(Array.from({ length: 50 }, (_, n) => registry.resolve(`guess-${n}`)));
    expect(world.looks).toBe(2);
  });

  test('an empty house says so, and a long name is not repeated whole', async () => {
    const { registry } = registryOf();
    const error = await registry.resolve('x'.repeat(5_000)).catch((reason: unknown) => reason as Error);
    expect((error as Error).message).toMatch(
      /^model: there is no "x{80}"; no model has been served here yet$/,
    );
  });
});

describe('age', () => {
  test('is the time since Redis last answered; a failure keeps what was known', async () => {
    const { registry, world } = registryOf(snapshot('first'));
    expect(registry.ageMs).toBe(Number.POSITIVE_INFINITY);
    await registry.refresh();
    world.nowMs = 3_000;
    world.isAway = true;
    await expect(registry.refresh()).rejects.toThrow('away');
    expect(registry.ageMs).toBe(3_000);
    expect(registry.models).toHaveLength(1);
    world.isAway = false;
    await registry.refresh();
    expect(registry.ageMs).toBe(0);
  });

  test('the copy is renewed every second until it is stopped, also after failures', async () => {
    vi.useFakeTimers();
    try {
      const { registry, world } = registryOf(snapshot('first'));
      world.isAway = true;
      registry.start();
      await vi.advanceTimersByTimeAsync(2_500);
      expect(world.looks).toBe(3);
      world.isAway = false;
      await vi.advanceTimersByTimeAsync(1_000);
      expect(registry.models).toHaveLength(1);
      registry.stop();
      await vi.advanceTimersByTimeAsync(5_000);
      expect(world.looks).toBe(4);
    } finally {
      vi.useRealTimers();
    }
  });
});

const worker = (state: WorkerAnnouncement['state'], fields: Partial<WorkerAnnouncement> = {}) => ({
  id: 'w',
  model: 'first',
  device: 'cpu',
  state,
  version: 'v',
  sha256: 'a'.repeat(64),
  ...fields,
});

describe('stateOf', () => {
  const failed = worker('failed', { reason: 'the file is no graph' });

  test.each([
    ['nobody', [], { state: 'away' }],
    ['one that loads', [worker('loading')], { state: 'loading' }],
    ['one that failed', [failed], { state: 'failed', reason: 'the file is no graph' }],
    ['one that failed without a word', [worker('failed')], { state: 'failed' }],
    ['one that failed and one that loads', [failed, worker('loading')], { state: 'loading' }],
    ['one that failed and one that is ready', [failed, worker('ready')], { state: 'ready' }],
    ['two of the same file', [worker('ready'), worker('ready')], { state: 'ready' }],
    [
      'two of different files',
      [worker('ready'), worker('ready', { sha256: 'b'.repeat(64) })],
      {
        state: 'ready',
        reason: `conflict: workers serve different files (${'a'.repeat(12)}, ${'b'.repeat(12)})`,
      },
    ],
    [
      'a ready one and one of another file that still loads',
      [worker('ready'), worker('loading', { sha256: 'b'.repeat(64) })],
      { state: 'ready' },
    ],
  ])('%s', (_who, workers, expected) => {
    expect(stateOf({ ...snapshot('first'), workers })).toEqual(expected);
  });
});
