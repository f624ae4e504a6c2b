/**
 * Whose word counts about where a request comes from. A gateway that can be reached past its proxies would believe whatever
 * a caller writes into X-Forwarded-For; so nobody is believed unless told to, and a caller with a public address never.
 */
import { BlockList, isIPv6 } from 'node:net';

/** Where proxies stand that are beside a gateway: RFC 1918, 4193, 6598, and the ranges of the machine and the link. */
const beside = new BlockList();
for (const [network, prefix] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  beside.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const) {
  beside.addSubnet(network, prefix, 'ipv6');
}

/**
 * For Fastify, which walks from the connection (hop 0) back through X-Forwarded-For for as long as the answer is yes. The
 * first `hops` are proxies; what the last of them says is the caller's address.
 */
export function proxiesTrusted(hops: number): false | ((address: string, hop: number) => boolean) {
  if (hops === 0) return false;
  return (address, hop) =>
    hop < hops && (hop > 0 || beside.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'));
}
