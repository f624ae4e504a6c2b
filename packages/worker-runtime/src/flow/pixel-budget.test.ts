import { expect, test } from 'vitest';
import { PixelBudget } from './pixel-budget.ts';

/** Works that end by hand; `started` tells which have begun. */
function handWorks(budget: PixelBudget) {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const run = (name: string, pixels: number) =>
    budget.within(pixels, async () => {
      started.push(name);
      await new Promise<void>((end) => ends.set(name, end));
      return name;
    });
  return { started, run, end: (name: string) => ends.get(name)?.() };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('what fits runs side by side, what does not waits for room', async () => {
  const { started, run, end } = handWorks(new PixelBudget(100));
  const a = run('a', 60);
  void run('b', 40);
  void run('c', 10);
  await turn();
  expect(started).toEqual(['a', 'b']);
  end('a');
  expect(await a).toBe('a');
  await turn();
  expect(started).toEqual(['a', 'b', 'c']);
});

test('a large picture that waits is not overtaken by small ones', async () => {
  const { started, run, end } = handWorks(new PixelBudget(100));
  void run('first', 50);
  void run('large', 100);
  void run('small', 1);
  await turn();
  expect(started).toEqual(['first']);
  end('first');
  await turn();
  expect(started).toEqual(['first', 'large']);
});

test('one that fails gives its room back', async () => {
  const budget = new PixelBudget(10);
  await expect(budget.within(10, () => Promise.reject(new Error('torn')))).rejects.toThrow('torn');
  expect(await budget.within(10, () => Promise.resolve('next'))).toBe('next');
});
