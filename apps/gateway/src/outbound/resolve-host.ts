/**
 * From a URL's host to the addresses that may be connected to. The name is asked for once: whoever connects must use what
 * comes from here, or a name that answers differently the second time leads past the check.
 */
import { lookup, type LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import { objectionTo } from './check-address.ts';
import { OutboundError } from './outbound-error.ts';

/** All addresses of a name, in the order in which to try them; rejects when it has none. */
export type Resolver = (host: string) => Promise<readonly LookupAddress[]>;

/** As every other program of this machine resolves names, its hosts file included. */
export const systemResolver: Resolver = (host) => promisify(lookup)(host, { all: true, order: 'verbatim' });

/** At least one; rejects with an OutboundError. */
export async function resolveHost(
  { hostname }: URL,
  allowsPrivate: boolean,
  resolver: Resolver,
): Promise<readonly LookupAddress[]> {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(host);
  const addresses = family === 0 ? await ask(host, resolver) : [{ address: host, family }];
  const objections = new Set<string>();
  const allowed = addresses.filter(({ address }) => {
    const objection = objectionTo(address, allowsPrivate);
    if (objection !== undefined) objections.add(objection);
    return objection === undefined;
  });
  if (allowed.length > 0) return allowed;
  throw new OutboundError('refused', `the host is at ${[...objections].join(', ')}`);
}

async function ask(host: string, resolver: Resolver): Promise<readonly LookupAddress[]> {
  let addresses: readonly LookupAddress[] = [];
  try {
    addresses = await resolver(host);
  } catch (error) {
    throw new OutboundError('unreachable', 'the host has no address', error);
  }
  if (addresses.length === 0) throw new OutboundError('unreachable', 'the host has no address');
  return addresses;
}
