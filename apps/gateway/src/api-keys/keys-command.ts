/**
 * `npm run keys`: adds, lists and revokes API keys in the file that gateways read. A key is shown once, when it is made: on
 * standard output and nowhere else, so that it can be piped; every other word is on standard error, but for the list.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { digestOf, makeApiKey } from './api-key.ts';
import { editKeyFile, readKeyFile } from './edit-key-file.ts';
import { KeyFileError, isKeyName, nameForm } from './key-file.ts';

const usage = `Usage: npm run keys -- add NAME | list | revoke NAME [--file FILE]

  add NAME      makes a key for NAME and prints it, once
  list          names and days, no keys
  revoke NAME   the key of NAME is refused from the next second on
  --file FILE   the file of keys; without it SHOAL_API_KEYS_FILE, of the environment or .env`;

export interface Terminal {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
}

/** The exit status: 0, 1 for what could not be done, 2 for what was not understood. */
export async function runKeysCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  terminal: Terminal,
): Promise<number> {
  const asked = readArguments(args);
  if (asked === undefined) {
    terminal.err(usage);
    return 2;
  }
  // npm runs scripts in the root, and remembers where it was typed.
  const file =
    asked.file === undefined
      ? env['SHOAL_API_KEYS_FILE'] || undefined
      : path.resolve(env['INIT_CWD'] ?? '', asked.file);
  if (file === undefined) {
    terminal.err('Which file? Set SHOAL_API_KEYS_FILE, or give --file FILE.');
    return 2;
  }
  try {
    await asked.action(file, terminal);
    return 0;
  } catch (error) {
    if (!(error instanceof KeyFileError)) throw error;
    terminal.err(error.message);
    return 1;
  }
}

type Action = (file: string, terminal: Terminal) => Promise<void>;

function readArguments(args: readonly string[]): { action: Action; file: string | undefined } | undefined {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      options: { file: { type: 'string' } },
      allowPositionals: true,
    });
  } catch {
    return undefined;
  }
  const [verb, name, ...rest] = parsed.positionals;
  const { file } = parsed.values;
  if (rest.length > 0) return undefined;
  if (verb === 'list' && name === undefined) return { action: list, file };
  if (name === undefined) return undefined;
  if (verb === 'add') return { action: (at, terminal) => add(name, at, terminal), file };
  if (verb === 'revoke') return { action: (at, terminal) => revoke(name, at, terminal), file };
  return undefined;
}

async function add(name: string, file: string, { out, err }: Terminal): Promise<void> {
  if (!isKeyName(name)) throw new KeyFileError(`"${name}" is no name: expected ${nameForm}`);
  const key = makeApiKey();
  const created = new Date().toISOString().slice(0, 10);
  const isFirst = !existsSync(file);
  await editKeyFile(file, (rows) => {
    if (rows.some((row) => row.name === name)) {
      throw new KeyFileError(`${file} has a key of ${name} already: revoke it, or take another name`);
    }
    return [...rows, { name, digest: digestOf(key), created }];
  });
  out(key);
  err(`This is the key of ${name}. Only its hash is kept, in ${file}: it is not shown again.`);
  if (isFirst) err('The file is new: gateways ask for keys once SHOAL_API_KEYS_FILE names it.');
}

async function list(file: string, { out, err }: Terminal): Promise<void> {
  if (!existsSync(file)) throw new KeyFileError(`${file}: there is no such file; add a key, and there is`);
  const rows = await readKeyFile(file);
  const width = Math.max(...rows.map(({ name }) => name.length));
  for (const { name, created } of rows) out(`${name.padEnd(width)}  ${created}`);
  if (rows.length === 0) err('There are no keys: whoever is asked for one is refused.');
}

async function revoke(name: string, file: string, { err }: Terminal): Promise<void> {
  await editKeyFile(file, (rows) => {
    const left = rows.filter((row) => row.name !== name);
    if (left.length < rows.length) return left;
    const names = rows.map((row) => row.name).join(', ') || 'none at all';
    throw new KeyFileError(`${file} has no key of ${name}; there are: ${names}`);
  });
  err(`The key of ${name} is refused from now on: gateways look every second.`);
}
