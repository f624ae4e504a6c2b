/**
 * The numbers of a COCO data set: what an evaluation matches results by. They are the data set's own, and neither
 * follows from a model: its classes are counted from 0 without gaps, COCO's categories are not.
 */
import type { CocoNumbers } from './format-options.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Pictures are found by the data set's `file_name`, else by the last part of the path where that is the name of one
 * picture only; categories by name.
 * @param dataSet the parsed JSON of annotations, as `instances_val2017.json`
 * @throws Error naming what is not as COCO has it
 */
export function cocoNumbersOf(dataSet: unknown): CocoNumbers {
  const byPath = new Map<string, number>();
  const byName = new Map<string, number | undefined>();
  for (const image of entries(dataSet, 'images')) {
    const id = integer(image['id'], 'images[].id');
    const path = text(image['file_name'], 'images[].file_name');
    const name = lastPart(path);
    byPath.set(path, id);
    byName.set(name, byName.has(name) ? undefined : id);
  }
  const categories = new Map(
    entries(dataSet, 'categories').map((category) => [
      text(category['name'], 'categories[].name'),
      integer(category['id'], 'categories[].id'),
    ]),
  );
  return {
    imageIdOf: (file) => byPath.get(file) ?? byName.get(lastPart(file)),
    categoryIdOf: (label) => categories.get(label),
  };
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function entries(dataSet: unknown, key: string): readonly Fields[] {
  const list = isFields(dataSet) ? dataSet[key] : undefined;
  if (!Array.isArray(list) || !list.every(isFields)) {
    throw new Error(`not a COCO data set: ${key} is not a list of objects`);
  }
  return list;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function integer(value: unknown, at: string): number {
  if (!Number.isInteger(value)) throw new Error(`not a COCO data set: ${at} is not a whole number`);
  return value as number;
}

function text(value: unknown, at: string): string {
  if (typeof value !== 'string') throw new Error(`not a COCO data set: ${at} is not text`);
  return value;
}
