/** The ceiling from outside: its process, and which threading is best for a loaded machine and for a lone picture. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { repository } from '../../tests/support/service-process.ts';
import type { CeilingFigures, CeilingRequest, Threading } from './ceiling-item.ts';

export class Ceiling {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** `modelFolder` is a path. */
  static async start(modelFolder: string): Promise<Ceiling> {
    const child = fork(join(repository, 'bench/ceiling/ceiling-process.ts'), [modelFolder]);
    await firstWord(child);
    return new Ceiling(child);
  }

  async measure(request: CeilingRequest): Promise<CeilingFigures> {
    const reply = firstWord(this.#child);
    this.#child.send(request);
    return (await reply) as CeilingFigures;
  }

  stop(): void {
    this.#child.disconnect();
  }
}

/** One session on all cores, and as many sessions as cores with one thread each. */
export function threadings(): readonly Threading[] {
  const cores = availableParallelism();
  const narrow = { threads: cores, intraOpThreads: 1 };
  return cores === 1 ? [narrow] : [narrow, { threads: 1, intraOpThreads: cores }];
}

/** A picture for each thread, and one more each that is decoded meanwhile. */
export const inFlightOf = ({ threads }: Threading): number => 2 * threads;

async function firstWord(child: ChildProcess): Promise<unknown> {
  const over = new AbortController();
  const { signal } = over;
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`the process of the ceiling ended (${code})`);
  });
  ended.catch(() => undefined);
  try {
    const [word] = (await Promise.race([once(child, 'message', { signal }), ended])) as [unknown];
    return word;
  } finally {
    over.abort();
  }
}
