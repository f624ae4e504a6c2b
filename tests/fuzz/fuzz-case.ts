/** What one hostile request is: the very bytes that go over the socket, and what may come back. */
import type { Random } from './random.ts';

export const kinds = ['images', 'multipart', 'json', 'headers', 'slow'] as const;
export type Kind = (typeof kinds)[number];

export interface Hostile {
  /** What is written, in this order; a number is a pause in milliseconds. */
  readonly steps: readonly (Uint8Array | number)[];
  /** The statuses that are right; absent where every honest refusal and every success is. */
  readonly expects?: readonly number[];
  /**
   * How a success looks: as ours (the default), as the old server's, or as whatever else was asked for. `refused`: a 200 may
   * only say of each picture why it failed.
   */
  readonly answer?: 'ours' | 'legacy' | 'other' | 'refused';
  /** The caller leaves without waiting, so that no answer is owed. */
  readonly leaves?: boolean;
  /** The answer must come within this; absent: within the limit of the run. */
  readonly withinMs?: number;
}

export interface FuzzCase extends Hostile {
  readonly kind: Kind;
  /** What was done to it, in words. */
  readonly name: string;
}

/** One way to be hostile. What chance decides is decided by `random` alone. */
export interface Recipe {
  readonly name: string;
  readonly make: (random: Random) => Hostile;
  /** How often it is taken, beside the others of its kind. */
  readonly weight: number;
}

export const recipe = (name: string, make: Recipe['make'], weight = 1): Recipe => ({ name, make, weight });

/** Every success and every honest refusal is right. */
export const honest = (steps: Hostile['steps'], answer: Hostile['answer'] = 'ours'): Hostile => ({
  steps,
  answer,
});
export const only = (expects: readonly number[], steps: Hostile['steps']): Hostile => ({ steps, expects });
export const refused = (steps: Hostile['steps']): Hostile => only([400], steps);

export function pickRecipe(recipes: readonly Recipe[], random: Random): Recipe {
  const total = recipes.reduce((sum, { weight }) => sum + weight, 0);
  let left = random.integer(0, 1_000_000) * (total / 1_000_001);
  for (const one of recipes) {
    left -= one.weight;
    if (left < 0) return one;
  }
  return recipes.at(-1)!;
}

export type Header = readonly [name: string, value: string];

export interface Request {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: readonly Header[];
  readonly body?: Uint8Array;
  /** Instead of the true length of the body; null: none is said. */
  readonly length?: string | null;
}

/** The address that most cases go to. */
export const predictionsPath = '/v1/predictions';
export const barePath = `${predictionsPath}?model=demo-yolo`;

/** A request as it is written. Names and values are latin-1, as HTTP has it, and nothing is checked or escaped. */
export function toBytes({ method = 'POST', path = barePath, headers = [], body, length }: Request): Buffer {
  const said = length === undefined ? String(body?.length ?? 0) : length;
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    'connection: close',
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(said === null ? [] : [`content-length: ${said}`]),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body ?? Buffer.alloc(0)]);
}

export const contentType = (value: string): Header => ['content-type', value];
