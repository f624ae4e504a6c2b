/** What somebody wants when they name a model of the zoo or an address: which file, what it must be, and what belongs beside it. */
import path from 'node:path';
import { modelNameSchema, type Manifest, type Weights } from '@shoal/shared/contract';
import { CommandError, usageError } from '../../exit-status.ts';
import type { PullWords } from '../pull.ts';
import { readManifest } from './read-manifest.ts';
import { listZoo, readZooEntry, type ZooEntry } from './zoo.ts';

export interface WantedModel {
  readonly name: string;
  readonly weights: Weights;
  /** Absent where an address names the weights alone. */
  readonly entry?: ZooEntry;
}

const textBytesMax = 1_048_576;
const textBudgetMs = 30_000;

/** Throws a usage error for what is neither a name nor an address. */
export async function findWanted(
  what: string,
  words: PullWords,
  checkout: string | undefined,
): Promise<WantedModel> {
  if (URL.canParse(what)) return fromAddress(new URL(what), words);
  if (checkout === undefined) throw usageError(`there is no zoo beside this program; ${elsewhere(what)}`);
  const names = await listZoo(checkout);
  if (!names.includes(what)) throw usageError(`the zoo has no ${what}; it has ${names.join(', ')}`);
  const entry = await readZooEntry(checkout, what);
  return { name: readName(words.name ?? what), weights: weightsOf(entry.manifest, `zoo/${what}`), entry };
}

/** What to do where no checkout is. */
export const elsewhere = (what: string): string =>
  `in a checkout of Shoal: npm run shoal -- models pull ${what}`;

function weightsOf({ weights }: Manifest, from: string): Weights {
  if (weights === undefined) throw new CommandError(`${from} does not say where its weights are`);
  return weights;
}

async function fromAddress(url: URL, words: PullWords): Promise<WantedModel> {
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw usageError(`expected http://… or https://…, came ${url.protocol}//…`);
  const extension = path.posix.extname(url.pathname).toLowerCase();
  const sha256 = words.sha256 === undefined ? {} : { sha256: readDigest(words.sha256) };
  if (extension === '.yaml' || extension === '.yml') return fromManifest(url, words);
  if (extension === '.onnx')
    return { name: nameFor(url, words), weights: { url: url.href, format: 'onnx', ...sha256 } };
  if (extension === '.pt')
    return { name: nameFor(url, words), weights: { url: url.href, format: 'ultralytics', ...sha256 } };
  if (extension === '.pth' || extension === '.pkl')
    return { name: nameFor(url, words), weights: { url: url.href, format: 'detectron2', ...sha256 } };
  throw usageError(
    `expected the address of an .onnx, a model.yaml, or a checkpoint (.pt, .pth, .pkl), came ${url.href}`,
  );
}

/** The files that the manifest names lie beside it, unless it says where the weights are. */
async function fromManifest(url: URL, words: PullWords): Promise<WantedModel> {
  const text = await fetchText(url);
  const manifest = readManifest(text, url.href);
  const { labels, sha256, file } = manifest;
  const weights: Weights = manifest.weights ?? {
    url: new URL(file, url).href,
    format: 'onnx',
    ...(sha256 !== undefined && { sha256 }),
  };
  const entry: ZooEntry =
    typeof labels === 'string'
      ? { manifest, text, labels: { file: labels, text: await fetchText(new URL(labels, url)) } }
      : { manifest, text };
  return { name: readName(words.name ?? manifest.name), weights, entry };
}

async function fetchText(url: URL): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(textBudgetMs) }).catch((error: unknown) => {
    throw new CommandError(`${url.href}: ${reasonOf(error)}`);
  });
  if (!response.ok) throw new CommandError(`${url.href} answers ${response.status} ${response.statusText}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > textBytesMax)
      throw new CommandError(`${url.href}: expected at most ${textBytesMax} bytes of text`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** What fetch hides in its causes. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}

function nameFor(url: URL, { name }: PullWords): string {
  const base = path.posix.basename(url.pathname, path.posix.extname(url.pathname)).toLowerCase();
  const chosen =
    name ??
    decodeURIComponent(base)
      .replaceAll(/[^a-z0-9._-]+/g, '-')
      .replace(/^[^a-z0-9]+/, '');
  return readName(chosen);
}

function readName(name: string): string {
  const parsed = modelNameSchema.safeParse(name);
  if (parsed.success) return parsed.data;
  throw usageError(`--name: expected ${parsed.error.issues[0]?.message}, came "${name}"`);
}

function readDigest(text: string): string {
  const digest = text.toLowerCase();
  if (/^[0-9a-f]{64}$/.test(digest)) return digest;
  throw usageError('--sha256: expected 64 hex digits');
}
