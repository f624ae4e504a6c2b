/**
 * The words behind `npm run quarantine --` as a command, or a refusal that says what was expected. It looks nothing up.
 */
import { parseArgs } from 'node:util';

export const usage = `npm run quarantine -- COMMAND [--json]

Pictures that were given up because workers died with them:
  list                       all of them, the oldest first
  show ID [--out FILE]       what is known of one; writes its picture to FILE, or to the standard output for -
  retry ID [--wait SECONDS]  sends it again with the same model and options; it stays in quarantine all the same
        [--gateway URL]      where to; by HOST and PORT without it
        [--key-file FILE]    with the API key that stands there, or in the standard input for -
  drop ID…, drop --all       forgets them

Status 0: done. 1: not done, or what was waited for did not succeed. 2: this text would have helped.`;

export type Command = { readonly isJson: boolean } & (
  | { readonly kind: 'help' }
  | { readonly kind: 'list' }
  | { readonly kind: 'show'; readonly id: string; readonly out: string | undefined }
  | {
      readonly kind: 'retry';
      readonly id: string;
      /** 0: it is not waited for. */
      readonly waitS: number;
      readonly gateway: string | undefined;
      readonly keyFile: string | undefined;
    }
  | { readonly kind: 'drop'; readonly ids: readonly string[] }
  | { readonly kind: 'drop all' }
);

export type RetryCommand = Extract<Command, { kind: 'retry' }>;

/** A command that cannot be understood. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const optionsOf = {
  help: [],
  list: [],
  show: ['out'],
  retry: ['wait', 'gateway', 'key-file'],
  drop: ['all'],
} as const;
type Verb = keyof typeof optionsOf;

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;
const waitSMax = 3_600;

export function parseCommand(args: readonly string[]): Command {
  const { values, positionals } = parse(args);
  const { json: isJson = false, help = false, ...options } = values;
  const [verb = help ? 'help' : '', ...ids] = positionals;
  if (help || verb === 'help') return { kind: 'help', isJson };
  if (!isVerb(verb)) {
    throw new UsageError(`expected list, show, retry or drop, came ${verb === '' ? 'nothing' : `"${verb}"`}`);
  }
  const allowed: readonly string[] = optionsOf[verb];
  for (const name of Object.keys(options)) {
    if (!allowed.includes(name)) throw new UsageError(`${verb} takes no --${name}`);
  }
  for (const id of ids) if (!uuid.test(id)) throw new UsageError(`"${id}" is not the id of a prediction`);

  if (verb === 'drop') {
    if (options.all === true && ids.length > 0) throw new UsageError('drop takes ids or --all, not both');
    if (options.all === true) return { kind: 'drop all', isJson };
    if (ids.length === 0) throw new UsageError('drop: expected ids, or --all');
    return { kind: 'drop', ids, isJson };
  }
  if (verb === 'list') {
    if (ids.length > 0) throw new UsageError('list takes no id');
    return { kind: 'list', isJson };
  }
  const [id, ...others] = ids;
  if (id === undefined || others.length > 0)
    throw new UsageError(`${verb}: expected one id, came ${ids.length}`);
  if (verb === 'show') return { kind: 'show', id, out: options.out, isJson };
  const { gateway, 'key-file': keyFile, wait } = options;
  return { kind: 'retry', id, waitS: readWait(wait), gateway: readGateway(gateway), keyFile, isJson };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        out: { type: 'string' },
        wait: { type: 'string' },
        gateway: { type: 'string' },
        'key-file': { type: 'string' },
        all: { type: 'boolean' },
      },
    });
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

function isVerb(text: string): text is Exclude<Verb, 'help'> {
  return text !== 'help' && Object.hasOwn(optionsOf, text);
}

function readWait(text: string | undefined): number {
  if (text === undefined) return 0;
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= 1 && seconds <= waitSMax) return seconds;
  throw new UsageError(`--wait: expected 1 to ${waitSMax} seconds, came ${text}`);
}

function readGateway(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`--gateway: expected http://… or https://…, came ${text}`);
  }
  return url.href.replace(/\/$/, '');
}
