/**
 * Which addresses this gateway may connect to on behalf of a caller: those of the public Internet, and where the operator
 * allows it those of private networks. Whatever is not known to be one of them is refused. It resolves no names.
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Of networks that belong to somebody: an operator may have receivers of webhooks or pictures there. */
const privateRanges = new Set(['loopback', 'private', 'uniqueLocal', 'carrierGradeNat']);

/**
 * Where clouds tell a machine of itself, and of its keys, outside of the link-local range: Alibaba, Azure, AWS and Google.
 * They are refused where private addresses are allowed as well.
 */
const metadataAddresses = new Set(['100.100.100.200', '168.63.129.16', 'fd00:ec2::254', 'fd20:ce::254']);

/** All of IPv6 that was ever given out for public use; the rest is not on the Internet, whatever it is. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/** What speaks against an address, for people; undefined: nothing. An IPv4 address in the clothes of IPv6 is the former. */
export function objectionTo(address: string, allowsPrivate: boolean): string | undefined {
  // The library reads more than addresses in their usual form: 127.1, and ::8.8.8.8 as if it were mapped.
  if (isIP(address) === 0 || /^::\d+\.\d/.test(address)) return 'not a public address';
  const parsed = ipaddr.process(address);
  const range: string = parsed.range();
  if (metadataAddresses.has(parsed.toString())) return 'a cloud’s metadata';
  if (privateRanges.has(range)) return allowsPrivate ? undefined : 'a private address';
  if (range !== 'unicast') return 'not a public address';
  if (parsed instanceof ipaddr.IPv6 && !parsed.match(globalUnicast)) return 'not a public address';
  return undefined;
}
