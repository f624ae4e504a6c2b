/** What each command does with the quarantine, and what it says. Where Redis and the gateway are is its caller's business. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { QuarantineEntry, QuarantineStore } from '../../packages/shared/src/redis/index.ts';
import { describeEntry, describeList } from './describe-entry.ts';
import { OperatorError } from './operator-error.ts';
import type { Command, RetryCommand } from './parse-command.ts';
import { addressOf, follow, isOpen, submitAgain, type Prediction } from './retry-prediction.ts';

export interface Surroundings {
  readonly store: QuarantineStore;
  /** Of the gateway, where the command names none. */
  readonly gateway: string;
  /** Where the person is: names of files are meant from there. */
  readonly folder: string;
  readonly now: () => number;
  /** Bytes and text for the standard output, and words beside it for the standard error. */
  readonly write: (output: string | Uint8Array) => void;
  readonly say: (line: string) => void;
}

type Asked = Exclude<Command, { kind: 'help' }>;

/** Resolves to whether all came about that was asked for. Throws an OperatorError where nothing could be done. */
export async function runCommand(command: Asked, world: Surroundings): Promise<boolean> {
  const { store, now } = world;
  const print = (value: unknown, text: string) =>
    world.write(`${command.isJson ? JSON.stringify(value, undefined, 2) : text}\n`);
  if (command.kind === 'list') {
    const entries = await store.list(now());
    print(entries, describeList(entries));
    return true;
  }
  if (command.kind === 'show') return show(await read(command.id, world), command, world, print);
  if (command.kind === 'retry') return retry(await read(command.id, world), command, world, print);
  if (command.kind === 'drop all') {
    const dropped = await store.dropAll();
    print({ dropped }, dropped.length === 0 ? 'Nothing was there.' : dropped.map(saidDropped).join('\n'));
    return true;
  }
  const dropped = await store.drop(command.ids);
  const unknown = command.ids.filter((id) => !dropped.includes(id));
  print({ dropped, unknown }, [...dropped.map(saidDropped), ...unknown.map(unknownId)].join('\n'));
  return unknown.length === 0;
}

const saidDropped = (id: string): string => `${id} is dropped.`;
const unknownId = (id: string): string => `${id} is not in quarantine, or no longer.`;

async function read(id: string, { store, now }: Surroundings): Promise<QuarantineEntry> {
  const entry = await store.read(id, now());
  if (entry === undefined) throw new OperatorError(unknownId(id));
  return entry;
}

async function pictureOf(entry: QuarantineEntry, { store }: Surroundings): Promise<Buffer> {
  const picture = await store.fetchPicture(entry.id);
  if (picture === null) throw new OperatorError(`The bytes of ${entry.id} were not kept.`);
  return picture;
}

type Print = (value: unknown, text: string) => void;

async function show(
  entry: QuarantineEntry,
  { out, isJson }: Extract<Command, { kind: 'show' }>,
  world: Surroundings,
  print: Print,
): Promise<boolean> {
  const text = describeEntry(entry);
  if (out === undefined) {
    print(entry, entry.bytesKept === 0 ? text : `${text}\n--out FILE writes the picture.`);
    return true;
  }
  const picture = await pictureOf(entry, world);
  if (out === '-') {
    world.say(isJson ? JSON.stringify(entry) : text);
    world.write(picture);
    return true;
  }
  const file = resolve(world.folder, out);
  try {
    writeFileSync(file, picture);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new OperatorError(`${file} cannot be written (${code}): --out - writes to the standard output`, {
      cause: error,
    });
  }
  const sha256 = createHash('sha256').update(picture).digest('hex');
  print({ ...entry, file, sha256 }, `${text}\nsha256 ${sha256}\nWritten to ${file}`);
  return true;
}

async function retry(
  entry: QuarantineEntry,
  { waitS, gateway = '', keyFile, isJson }: RetryCommand,
  world: Surroundings,
  print: Print,
): Promise<boolean> {
  const picture = await pictureOf(entry, world);
  const target = {
    gateway: gateway === '' ? world.gateway : gateway,
    apiKey: readKey(keyFile, world.folder),
  };
  const submitted = await submitAgain(entry, picture, target);
  const address = addressOf(target, submitted.id);
  const tell = (prediction: Prediction, text: string) =>
    print({ ...prediction, of: entry.id, address }, text);
  const head = `New prediction: ${submitted.id}\nHow it stands:  GET ${address}`;
  if (waitS === 0) {
    tell(submitted, `${head}\n${entry.id} stays in quarantine until it is dropped.`);
    return true;
  }
  // Said before it is waited for: whoever loses patience knows the id.
  if (!isJson) world.write(`${head}\n`);
  const last = await follow(submitted, waitS, target);
  tell(last, describeEnd(last, waitS));
  return last.status === 'succeeded';
}

function describeEnd(prediction: Prediction, waitS: number): string {
  if (isOpen(prediction)) return `It is still ${prediction.status} after ${waitS} s.`;
  const { status, detections = [], error } = prediction;
  return status === 'succeeded'
    ? `It succeeded: ${detections.length} detections.`
    : `It is ${status}: ${error === undefined ? 'no reason was given' : `${error.code}: ${error.message}`}`;
}

/** The first line of the file, or of the standard input. */
function readKey(keyFile: string | undefined, folder: string): string | undefined {
  if (keyFile === undefined) return undefined;
  try {
    const key = readFileSync(keyFile === '-' ? 0 : resolve(folder, keyFile), 'utf8')
      .split(/\r?\n/, 1)[0]!
      .trim();
    if (key !== '') return key;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new OperatorError(`--key-file: ${keyFile} cannot be read (${code})`, { cause: error });
  }
  throw new OperatorError(`--key-file: ${keyFile} is empty`);
}
