/**
 * Names of hosts that something may connect to, as an operator writes them: `images.example.org`, every name below one as
 * `*.example.org`, each with a port if it is another one than the scheme's own. Which host a URL has is not its business.
 */
import { z } from 'zod';

const pattern =
  /^(?<any>\*\.)?(?<name>[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::(?<port>\d{1,5}))?$/;

export interface HostPattern {
  readonly name: string;
  /** Names below this one, and not the name itself. */
  readonly isSuffix: boolean;
  /** Undefined for the port that belongs to the scheme. */
  readonly port: number | undefined;
}

/** Separated by commas, in either case. */
export const hostPatternsSchema = z.string().transform((value, context): readonly HostPattern[] =>
  value.split(',').flatMap((part) => {
    const text = part.trim().toLowerCase();
    if (text === '') return [];
    const { any, name, port } = pattern.exec(text)?.groups ?? {};
    if (name === undefined || (any !== undefined && name.startsWith('['))) {
      context.addIssue(`expected hosts like example.org, *.example.org or example.org:8080, not ${text}`);
      return [];
    }
    return [{ name, isSuffix: any !== undefined, port: port === undefined ? undefined : Number(port) }];
  }),
);
