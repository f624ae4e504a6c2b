/** Jobs that wait because nobody takes them. */
import { request, Agent } from 'undici';
import { connectConsumer, type Redis } from '../packages/shared/src/redis/index.ts';
import type { BenchStack } from './bench-stack.ts';

const callers = 16;

/** Posts so many and does not wait for their answers. Throws when one is not accepted. Resolves to the milliseconds of each. */
export async function queueJobs(
  url: string,
  model: string,
  bytes: Buffer,
  count: number,
): Promise<readonly number[]> {
  const dispatcher = new Agent({ connections: callers });
  const tookMs: number[] = [];
  let left = count;
  const call = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const startedMs = performance.now();
      const { statusCode, body } = await request(`${url}/v1/predictions?model=${model}`, {
        dispatcher,
        method: 'POST',
        headers: { 'content-type': 'image/jpeg', prefer: 'respond-async' },
        body: bytes,
      });
      const text = await body.text();
      if (statusCode !== 202) throw new Error(`expected 202, came ${statusCode}: ${text}`);
      tookMs.push(performance.now() - startedMs);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(callers, count) }, call));
  } finally {
    await dispatcher.close();
  }
  return tookMs;
}

export function connectTo(bench: BenchStack): Redis {
  return connectConsumer(bench.stack.redis.url);
}

/** Queues, ledger and uploads; who serves which model stays known. */
export async function forgetWaiting(redis: Redis): Promise<void> {
  for await (const found of redis.scanStream({ match: '{shoal}:*', count: 1_000 })) {
    const keys = (found as string[]).filter((key) =>
      /^\{shoal\}:(?:queue|ledger|upload|result|started)\b/.test(key),
    );
    if (keys.length > 0) await redis.unlink(...keys);
  }
}
