/** What a stack holds when nobody waits for anything: it should be nothing. Reads Redis from outside, and only reads. */
import { keysOf } from '../../packages/shared/src/contract/index.ts';
import type { Redis } from '../../packages/shared/src/redis/index.ts';

const keys = keysOf('shoal');
/** Lists and sets of BullMQ in which a job stands; all must be empty, and none may have failed for good. */
const places = ['wait', 'active', 'delayed', 'prioritized', 'paused', 'waiting-children', 'failed'];

export async function whatIsLeft(redis: Redis): Promise<string[]> {
  const [uploads, started, queued, rows, ids, totals] = await Promise.all([
    redis.keys(keys.upload('*')),
    redis.keys(keys.started('*')),
    redis.keys(`${keys.queuePrefix}:*`),
    redis.hlen(keys.ledgerRows),
    redis.zcard(keys.ledger),
    redis.hgetall(keys.ledgerTotals),
  ]);
  const left = [
    ...(uploads.length > 0 ? [`${uploads.length} uploads`] : []),
    ...(started.length > 0 ? [`${started.length} marks of jobs that began`] : []),
    ...(rows > 0 ? [`${rows} rows of the ledger`] : []),
    ...(ids > 0 ? [`${ids} ids in the ledger`] : []),
    ...Object.entries(totals).flatMap(([name, total]) =>
      Number(total) === 0 ? [] : [`a total of ${total} for ${name}`],
    ),
  ];
  for (const key of queued.filter((name) => places.some((place) => name.endsWith(`:${place}`)))) {
    const count =
      key.endsWith(':wait') || key.endsWith(':active') || key.endsWith(':paused')
        ? await redis.llen(key)
        : await redis.zcard(key);
    if (count > 0) left.push(`${count} jobs in ${key.slice(keys.queuePrefix.length + 1)}`);
  }
  return left;
}
