/** What the exchange itself says of predictions, read past the gateways: the claims, and the ledger's rows. */
import { keysOf } from '../../packages/shared/src/contract/index.ts';
import type { KnownIds } from './installation.ts';

/** Sends one command of Redis; resolves to its reply. */
export type Command = (name: string, ...args: string[]) => Promise<unknown>;

export async function knownIdsOf(command: Command, prefix = 'shoal'): Promise<KnownIds> {
  const keys = keysOf(prefix);
  const claimed: string[] = [];
  let cursor = '0';
  do {
    const [next, found] = (await command('SCAN', cursor, 'MATCH', keys.claim('*'), 'COUNT', '1000')) as [
      string,
      string[],
    ];
    cursor = next;
    const claims = found.length === 0 ? [] : ((await command('MGET', ...found)) as (string | null)[]);
    claimed.push(...claims.flatMap((claim) => (claim === null ? [] : [claim.split(' ', 1)[0]!])));
  } while (cursor !== '0');
  return { claimed, open: (await command('HKEYS', keys.ledgerRows)) as string[] };
}
