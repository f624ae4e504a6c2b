/**
 * Notes each answer that Redis writes, by its own notifications. What is written in the moments after a restart in which nobody
 * listens is not seen.
 */
import { keysOf } from '../../packages/shared/src/contract/index.ts';
import type { Redis } from '../../packages/shared/src/redis/index.ts';
import type { History } from './history.ts';

/** `look` sets what `listener` hears; both stay open. */
export async function watchWrites(look: Redis, listener: Redis, history: History): Promise<void> {
  const prefix = `__keyspace@0__:${keysOf('shoal').result('')}`;
  const ask = () => look.config('SET', 'notify-keyspace-events', 'K$').catch(() => undefined);
  look.on('ready', () => void ask());
  await ask();
  listener.on('pmessage', (_pattern: string, channel: string, event: string) => {
    if (event === 'set') history.writes.push({ id: channel.slice(prefix.length), atMs: Date.now() });
  });
  await listener.psubscribe(`${prefix.replace('{', '[{]').replace('}', '[}]')}*`);
}
