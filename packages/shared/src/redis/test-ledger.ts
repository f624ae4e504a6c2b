/** The ledger as Redis holds it, for tests that look in from outside: its figures, and what they should be. */
import type { Redis } from './connect.ts';
import type { Keys } from '../contract/index.ts';

export type Figures = Readonly<Record<string, number>>;

/**
 * What the totals say: jobs and bytes, in all and by model, and what is open by class and model. A sum of zero is as good
 * as none.
 */
export async function readFigures(redis: Redis, keys: Keys): Promise<Figures> {
  const figures: Record<string, number> = {};
  for (const [field, text] of Object.entries(await redis.hgetall(keys.ledgerTotals))) {
    const [, counter, of] = /^(came|went) (.+)$/.exec(field) ?? [];
    const name = counter === undefined ? field : `open ${of}`;
    figures[name] = (figures[name] ?? 0) + (counter === 'went' ? -1 : 1) * Number(text);
  }
  return withoutZeros(figures);
}

/** The same, counted over the rows. */
export async function countRows(redis: Redis, keys: Keys): Promise<Figures> {
  const figures: Record<string, number> = {};
  const add = (name: string, by: number) => (figures[name] = (figures[name] ?? 0) + by);
  for (const row of Object.values(await redis.hgetall(keys.ledgerRows))) {
    const [, bytes, priority, model] = row.split(' ');
    for (const suffix of ['', ` ${model}`]) {
      add(`jobs${suffix}`, 1);
      add(`bytes${suffix}`, Number(bytes));
    }
    add(`open ${priority} ${model}`, 1);
  }
  return withoutZeros(figures);
}

/** Everything that Redis holds, in its own serialised form. */
export async function readAll(redis: Redis): Promise<Readonly<Record<string, string>>> {
  const names = (await redis.keys('*')).sort();
  const dumps = await Promise.all(names.map((name) => redis.dumpBuffer(name)));
  return Object.fromEntries(names.map((name, index) => [name, dumps[index]!.toString('hex')]));
}

function withoutZeros(figures: Figures): Figures {
  return Object.fromEntries(Object.entries(figures).filter(([, figure]) => figure !== 0));
}
