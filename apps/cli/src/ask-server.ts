/**
 * How every command finds its server: the options that say where it is, and the client that they make. The API key comes from
 * the environment or a file and never from the command line, which everybody on the machine can read.
 */
import { readFile } from 'node:fs/promises';
import { ShoalClient, ShoalError, type ShoalClientOptions } from '@shoal/client';
import { Option, type Command } from 'commander';
import { CommandError, exitStatus, usageError } from './exit-status.ts';

export const defaultUrl = 'http://127.0.0.1:8080';

export interface ServerOptions {
  readonly url: string;
  readonly apiKeyFile?: string;
}

/** How long a question takes at most on whose answer somebody waits, in milliseconds. */
export const questionBudgetMs = 5_000;

/** Adds `--url` and `--api-key-file`. */
export function withServerOptions(command: Command): Command {
  return command
    .addOption(new Option('--url <url>', 'where the server is').env('SHOAL_URL').default(defaultUrl))
    .addOption(
      new Option(
        '--api-key-file <file>',
        'a file that holds the API key; SHOAL_API_KEY may hold it as well',
      ).env('SHOAL_API_KEY_FILE'),
    );
}

/** Throws a usage error for an address that is none, or a key file that cannot be read. */
export async function connect(
  options: ServerOptions,
  more: Omit<ShoalClientOptions, 'url' | 'apiKey'> = {},
): Promise<ShoalClient> {
  return new ShoalClient({ url: readUrl(options.url), apiKey: await readApiKey(options), ...more });
}

/** The file that is named wins over the environment. */
export async function readApiKey({
  apiKeyFile,
}: Pick<ServerOptions, 'apiKeyFile'>): Promise<string | undefined> {
  if (apiKeyFile === undefined) return process.env['SHOAL_API_KEY']?.trim() || undefined;
  const text = await readFile(apiKeyFile, 'utf8').catch((error: Error) => {
    throw usageError(`--api-key-file: ${error.message}`);
  });
  if (text.trim() === '') throw usageError(`--api-key-file: ${apiKeyFile} is empty`);
  return text.trim();
}

function readUrl(text: string): URL {
  // Whoever types an address by heart leaves the scheme out.
  const url = URL.canParse(text) && /^https?:/.test(text) ? new URL(text) : undefined;
  if (url === undefined) throw usageError(`--url: expected http://… or https://…, came ${text}`);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw usageError('--url: expected no name, password, query or fragment in it');
  }
  return url;
}

/** Codes that say nothing of a picture: the next one would get the same. */
const serverTroubles: ReadonlySet<string> = new Set([
  'unreachable',
  'timed_out',
  'answer_unreadable',
  'unauthorized',
  'rate_limited',
  'overloaded',
  'model_unavailable',
  'redis_unavailable',
  'shutting_down',
  'route_unknown',
  'method_not_allowed',
]);
const refusedCommands: ReadonlySet<string> = new Set(['model_unknown', 'options_invalid']);

/** Whether every further picture would fail like this one, so that going on makes no sense. */
export const concernsAll = ({ code }: ShoalError): boolean =>
  serverTroubles.has(code) || refusedCommands.has(code);

/** What a person is told of it, and what they can do; with the exit status that it means. */
export function commandErrorOf(error: ShoalError, url: string): CommandError {
  const status = serverTroubles.has(error.code)
    ? exitStatus.unreachable
    : refusedCommands.has(error.code)
      ? exitStatus.usage
      : exitStatus.failed;
  return new CommandError(sentenceOf(error, url), status, { cause: error });
}

function sentenceOf({ code, message }: ShoalError, url: string): string {
  if (code === 'unreachable' || code === 'timed_out') {
    return `${url} does not answer: ${message}. \`shoal doctor\` says more; --url or SHOAL_URL names another server`;
  }
  if (code === 'unauthorized') {
    return `${message}. Give an API key with SHOAL_API_KEY or --api-key-file`;
  }
  if (code === 'answer_unreadable' || code === 'route_unknown') {
    return `${url} does not answer like a Shoal server: ${message}`;
  }
  return message;
}

/** Runs what asks the server, and turns its refusals into sentences. */
export async function asking<T>(url: string, question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    throw error instanceof ShoalError ? commandErrorOf(error, url) : error;
  }
}
