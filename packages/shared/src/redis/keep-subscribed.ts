/**
 * A subscription that outlives whatever happens to its connection, a refusal at the start included: the client itself only
 * renews what was granted once.
 */
import type { Redis } from './connect.ts';

/** `onRefused` is told of each time in vain; the next try comes with the next connection. */
export function keepSubscribed(
  subscriber: Redis,
  channel: string,
  onRefused: (error: unknown) => void,
): void {
  const subscribe = (): void => void subscriber.subscribe(channel).catch(onRefused);
  subscriber.on('ready', subscribe);
  if (subscriber.status === 'ready') subscribe();
}
