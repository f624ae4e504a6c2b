/**
 * Every contradiction between a file and its manifest, in the adapter's own sentences. An adapter stops at the first one it
 * meets, as a worker does; whoever repairs a folder wants all of them. Pure, since an adapter is.
 */
import type { Manifest, ModelAdapter, ModelIo } from '../adapter.ts';

type Describe = Pick<ModelAdapter, 'describe'>;

/**
 * Takes the guilty field out of the manifest and asks again, until nothing is wrong or no field is guilty: then it is the
 * file. Empty when the adapter accepts both as they are.
 */
export function listContradictions(adapter: Describe, io: ModelIo, manifest: Manifest): readonly string[] {
  const sentences: string[] = [];
  const named = new Set<string>();
  let rest = manifest;
  for (let sentence = complaintOf(adapter, io, rest); sentence !== undefined;) {
    sentences.push(sentence);
    for (const field of fieldsIn(sentence)) named.add(field);
    const ways = withoutEachField(rest).map((less) => ({ less, next: complaintOf(adapter, io, less) }));
    // Without a field its default counts, and a complaint about that would be about nothing that somebody wrote.
    const way =
      ways.find(({ next }) => next === undefined) ??
      ways.find(
        ({ next }) => next !== sentence && next !== undefined && fieldsIn(next).every((f) => !named.has(f)),
      );
    if (way === undefined) break;
    rest = way.less;
    sentence = way.next;
  }
  return sentences;
}

function complaintOf(adapter: Describe, io: ModelIo, manifest: Manifest): string | undefined {
  try {
    adapter.describe(io, manifest);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function withoutEachField(manifest: Manifest): readonly Manifest[] {
  const input = Object.keys(manifest.input) as (keyof Manifest['input'])[];
  const { labels, maxBatch, ...others } = manifest;
  return [
    ...input.map((field) => ({
      ...manifest,
      input: Object.fromEntries(Object.entries(manifest.input).filter(([name]) => name !== field)),
    })),
    ...(labels === undefined ? [] : [{ ...others, ...(maxBatch !== undefined && { maxBatch }) }]),
    ...(maxBatch === undefined ? [] : [{ ...others, ...(labels !== undefined && { labels }) }]),
  ];
}

/** The fields that a sentence names: `input.width`, or the labels as a whole. */
function fieldsIn(sentence: string): readonly string[] {
  return sentence.match(/\binput\.\w+|\blabels\b/g) ?? [];
}
