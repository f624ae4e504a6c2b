/** Gives a stack of its own twice the work that it can do. */
import { startStack } from '../support/stack.ts';
import type { OverloadRun } from './judge-overload.ts';
import { measureCapacity, sendAtRate, type Reply } from './send-load.ts';
import { watchMemory } from './watch-memory.ts';

export interface OverloadOptions {
  readonly model: string;
  readonly modelsDir?: string;
  readonly picture: Uint8Array;
  readonly seconds: number;
  readonly capacitySeconds: number;
  readonly deadlineMs: number;
  /** Of what the stack can serve. */
  readonly times: number;
  readonly random: () => number;
  readonly say: (line: string) => void;
}

/** Enough to keep every worker full, and less than any limit. */
const capacityCallers = 16;

export async function runOverload(options: OverloadOptions): Promise<OverloadRun> {
  const { model, picture, deadlineMs, seconds, random, say } = options;
  const stack = await startStack({
    models: [model],
    ...(options.modelsDir !== undefined && { modelsDir: options.modelsDir }),
    env: { SHOAL_LOG_LEVEL: 'warn' },
  });
  try {
    const target = { url: stack.url, model, picture, deadlineMs };
    say(`capacity: ${capacityCallers} callers for ${options.capacitySeconds} s …`);
    const capacityPerS = await measureCapacity(target, capacityCallers, options.capacitySeconds);
    const offeredPerS = options.times * capacityPerS;
    say(`${capacityPerS.toFixed(1)} a second; now ${offeredPerS.toFixed(1)} a second for ${seconds} s …`);
    let replies: readonly Reply[] = [];
    const pids = { gateway: stack.gateway.pid, worker: stack.workers[0]!.pid, redis: stack.redis.pid };
    const memory = await watchMemory(pids, async () => {
      replies = await sendAtRate(target, offeredPerS, seconds, random);
    });
    return { capacityPerS, offeredPerS, seconds, deadlineMs, replies, memory };
  } finally {
    await stack.stop();
  }
}
