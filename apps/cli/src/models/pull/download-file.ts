/**
 * Fetches one file whole or not at all: what was received before is gone on with, a cut connection is taken up again, and only a
 * file whose digests are the wanted ones gets its name. It decides nothing on where a model lies.
 */
import { createWriteStream } from 'node:fs';
import { readFile, rename, rm, stat, statfs, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../../exit-status.ts';
import { digest, dropPart, emptyPart, openPart, partOf, writeOrigin, type Part } from './part-file.ts';
import { PassingTrouble, requestRest, type Rest } from './request-rest.ts';

export interface Patience {
  /** In a row without a byte more. */
  readonly tries: number;
  /** Before the second try; doubled before each further one. */
  readonly pauseMs: number;
  /** A connection that brings nothing for so long is given up. */
  readonly stallMs: number;
}

export interface Order {
  readonly url: string;
  /** Where the file goes when it is whole. */
  readonly file: string;
  readonly wanted: {
    readonly bytes?: number | undefined;
    readonly sha256?: string | undefined;
    readonly md5?: string | undefined;
  };
  readonly signal: AbortSignal;
  readonly onProgress?: (received: number, bytes: number | undefined) => void;
  /** A sentence on what went wrong and is tried again. */
  readonly onTrouble?: (sentence: string) => void;
  readonly patience?: Patience;
}

export interface Downloaded {
  readonly bytes: number;
  readonly sha256: string;
}

const usualPatience: Patience = { tries: 6, pauseMs: 1_000, stallMs: 60_000 };
/** Left free on the disk for everybody else. */
const spareBytes = 64 * 1_048_576;

/** Throws a CommandError with what to do; what can be gone on with stays. */
export async function downloadFile(order: Order): Promise<Downloaded> {
  const earlier = await judgeEarlier(order);
  if (earlier !== undefined) return earlier;
  const { tries, pauseMs } = order.patience ?? usualPatience;
  let failures = 0;
  for (;;) {
    const before = await bytesOf(partOf(order.file));
    try {
      return await finish(order, await receive(order));
    } catch (error) {
      order.signal.throwIfAborted();
      if (!(error instanceof PassingTrouble)) throw error;
      const more = (await bytesOf(partOf(order.file))) > before;
      failures = more ? 1 : failures + 1;
      if (failures >= tries)
        throw new CommandError(
          `${order.url}: ${error.message}. What was received is kept: the same command goes on from there.`,
          undefined,
          { cause: error },
        );
      order.onTrouble?.(`${error.message}; trying again`);
      await sleep(error.retryAfterMs ?? pauseMs * 2 ** (failures - 1), undefined, { signal: order.signal });
    }
  }
}

const bytesOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  );

/** Whole since the last time, when what came after it failed. */
async function judgeEarlier({ file, url, wanted }: Order): Promise<Downloaded | undefined> {
  const bytes = await bytesOf(file);
  if (bytes === 0) return undefined;
  const { sha256, md5 } = await digest(file);
  const found = sha256.digest('hex');
  const isWanted =
    wanted.sha256 !== undefined
      ? found === wanted.sha256
      : wanted.md5 !== undefined
        ? md5.digest('hex') === wanted.md5
        : (await readReceipt(file)) === `${url} ${found}`;
  if (isWanted) return { bytes, sha256: found };
  await rm(file);
  return undefined;
}

const receiptOf = (file: string): string => `${file}.receipt`;
const readReceipt = (file: string): Promise<string | undefined> =>
  readFile(receiptOf(file), 'utf8').catch(() => undefined);

/** Everything there is to receive is in the part afterwards. */
async function receive(order: Order): Promise<Part & { readonly total: number }> {
  const { file, url, wanted } = order;
  const stall = new AbortController();
  const signal = AbortSignal.any([order.signal, stall.signal]);
  const { stallMs } = order.patience ?? usualPatience;
  const timer = setTimeout(() => stall.abort(), stallMs);
  try {
    const known = await openPart(file, url);
    const rest = await requestRest(url, known, signal);
    if (rest === 'nothing-more') {
      if (known.bytes > 0 && known.bytes === wanted.bytes) return { ...known, total: known.bytes };
      await dropPart(file);
      throw new PassingTrouble('the file there is another one by now');
    }
    if (wanted.bytes !== undefined && rest.bytes !== undefined && rest.bytes !== wanted.bytes)
      throw new CommandError(
        `${url} has ${rest.bytes} bytes, expected ${wanted.bytes}: it is not the file that was meant`,
      );
    await checkSpace(file, rest);
    const part = rest.from === 0 ? emptyPart(file) : known;
    await writeOrigin(file, { url, ...(rest.validator !== undefined && { validator: rest.validator }) });
    await truncate(part.path, rest.from).catch(() => undefined);
    const total = await append(part, rest, order, timer);
    if (rest.bytes !== undefined && total < rest.bytes)
      throw new PassingTrouble(`the connection ended after ${total} of ${rest.bytes} bytes`);
    return { ...part, total };
  } catch (error) {
    if (stall.signal.aborted && !order.signal.aborted)
      throw new PassingTrouble(`nothing came for ${stallMs / 1000} s`, undefined, { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** The bytes that are there in the end. The digests grow with the file. */
async function append(part: Part, rest: Rest, order: Order, stallTimer: NodeJS.Timeout): Promise<number> {
  const sink = createWriteStream(part.path, { flags: rest.from === 0 ? 'w' : 'a' });
  const broken = new Promise<never>((_, reject) => {
    sink.once('error', (error: NodeJS.ErrnoException) => reject(describeDiskTrouble(error, part.path)));
  });
  // It is awaited below, and may come while nobody does.
  broken.catch(() => undefined);
  let received = rest.from;
  try {
    for await (const chunk of networkOnly(rest.body)) {
      stallTimer.refresh();
      part.sha256.update(chunk);
      part.md5.update(chunk);
      if (!sink.write(chunk))
        await Promise.race([new Promise<void>((done) => sink.once('drain', () => done())), broken]);
      received += chunk.length;
      order.onProgress?.(received, rest.bytes ?? order.wanted.bytes);
    }
  } finally {
    await Promise.race([new Promise<void>((done) => sink.end(done)), broken]);
  }
  return received;
}

/** What fails while it is read is the network. */
async function* networkOnly(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    const { cause } = error as Error;
    throw new PassingTrouble(
      `the connection was cut${cause instanceof Error ? ` (${cause.message})` : ''}`,
      undefined,
      { cause: error },
    );
  }
}

async function checkSpace(file: string, { bytes, from }: Rest): Promise<void> {
  if (bytes === undefined) return;
  const { bavail, bsize } = await statfs(path.dirname(file));
  const free = bavail * bsize;
  if (free < bytes - from + spareBytes)
    throw new CommandError(
      `${path.dirname(file)} has ${megabytes(free)} free, and ${megabytes(bytes - from)} are still to come`,
    );
}

function describeDiskTrouble(error: NodeJS.ErrnoException, file: string): Error {
  if (error.code !== 'ENOSPC') return error;
  return new CommandError(
    `the disk is full: ${path.dirname(file)}. What was received is kept: make room, and give the same command.`,
    undefined,
    { cause: error },
  );
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** Nothing of a file that is not the wanted one stays. */
async function finish(
  { file, url, wanted }: Order,
  part: Part & { readonly total: number },
): Promise<Downloaded> {
  const sha256 = part.sha256.digest('hex');
  const md5 = part.md5.digest('hex');
  const wrong = [
    wanted.bytes !== undefined && part.total !== wanted.bytes
      ? `${part.total} bytes for ${wanted.bytes}`
      : '',
    wanted.sha256 !== undefined && sha256 !== wanted.sha256 ? `SHA-256 ${sha256} for ${wanted.sha256}` : '',
    wanted.md5 !== undefined && md5 !== wanted.md5 ? `MD5 ${md5} for ${wanted.md5}` : '',
  ].filter((what) => what !== '');
  if (wrong.length > 0) {
    await dropPart(file);
    throw new CommandError(
      `${url} is not the file that was meant: found ${wrong.join(', ')}. It was deleted. Somebody changed it there or on the way.`,
    );
  }
  await writeFile(receiptOf(file), `${url} ${sha256}`);
  await rename(part.path, file);
  await dropPart(file);
  return { bytes: part.total, sha256 };
}
