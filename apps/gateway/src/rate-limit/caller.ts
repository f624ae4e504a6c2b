/**
 * Whose quota a request is charged to: its API key's, by name, else that of the address it comes from. An address may have
 * been told by a proxy, so it is looked at before it becomes part of a key of Redis.
 */
import { isIPv4, isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';

export type Caller = Pick<FastifyRequest, 'apiKey' | 'ip'> & {
  readonly socket: { readonly remoteAddress?: string | undefined };
};

export function callerOf({ apiKey, ip, socket }: Caller): string {
  if (apiKey !== undefined) return `key:${apiKey}`;
  return `address:${networkOf(ip) ?? networkOf(socket.remoteAddress ?? '') ?? 'unknown'}`;
}

/**
 * The address itself, or the first 64 bits of one of IPv6: whoever has one address there has all that begin like it.
 * Undefined for what is no address.
 */
export function networkOf(text: string): string | undefined {
  const address = text.replace(/%.*$/, '');
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return undefined;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = address.split('::');
  const before = groupsOf(head);
  // The last two groups may be written as an IPv4 address; of the first four they never are any.
  const after = tail === undefined ? [] : groupsOf(tail.replace(/\d+\.\d+\.\d+\.\d+$/, '0:0'));
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => 0);
  const network = [...before, ...zeros, ...after].slice(0, 4);
  return `${network.map((group) => group.toString(16)).join(':')}::`;
}

const groupsOf = (text: string): number[] =>
  text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
