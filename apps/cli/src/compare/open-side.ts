/** What a word on the command line means as a side: a file of results, a model, or a model on another server. */
import { stat } from 'node:fs/promises';
import { usageError } from '../exit-status.ts';
import type { CompareWords } from './compare.ts';
import { openModelSide } from './model-side.ts';
import { openResultsSide } from './results-side.ts';
import type { Side } from './side.ts';

/** `url` is where a model is that names no server itself. */
export async function openSide(word: string, url: string, words: CompareWords): Promise<Side> {
  if (await isResultsFile(word)) return openResultsSide(word, words.minScore);
  const [, name = word, server = url] = /^([^@]+)@(https?:\/\/.+)$/.exec(word) ?? [];
  return openModelSide({
    name,
    server: { ...words, url: server },
    minScore: words.minScore,
    concurrency: words.concurrency,
  });
}

/** By its ending, or since there is such a file; a model's name is no path. */
async function isResultsFile(word: string): Promise<boolean> {
  const found = await stat(word).catch(() => undefined);
  if (found?.isFile() === true) return true;
  if (/\.jsonl$/i.test(word)) throw usageError(`there is no file ${word}`);
  return false;
}
