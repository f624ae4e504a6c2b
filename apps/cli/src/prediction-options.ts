/**
 * What `predict`, `map` and `watch` ask of a model: the options on the command line, the model that is meant, and what of the
 * options the model cannot do. Nothing that was asked for is ignored without a word.
 */
import type { ModelStatus, ShoalClient } from '@shoal/client';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { asking, questionBudgetMs } from './ask-server.ts';
import { usageError } from './exit-status.ts';

/** As commander hands them over. */
export interface PredictionWords {
  readonly model?: string;
  readonly minScore?: number;
  readonly iou?: number;
  readonly maxDetections?: number;
  readonly classes?: readonly string[];
  readonly allowTruncated?: boolean;
}

/** As the server understands them, and as a journal keeps them. */
export interface RequestOptions {
  readonly minScore?: number;
  readonly iou?: number;
  readonly maxDetections?: number;
  readonly classes?: readonly string[];
  readonly allowTruncated?: true;
}

export function withPredictionOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '-m, --model <name>',
        'name or alias of a model; needed where the server has more than one',
      ).env('SHOAL_MODEL'),
    )
    .option('--min-score <score>', 'leave out detections below this score, 0 to 1', readShare)
    .option('--iou <share>', 'of two boxes that overlap by more than this, keep the better one', readShare)
    .option('--max-detections <n>', 'at most so many a picture, the best ones', readCount)
    .option('--classes <names>', 'only these classes, separated by commas', readNames)
    .option('--allow-truncated', 'take JPEGs that end too early, as far as they go, with a warning');
}

export function requestOptionsOf(words: PredictionWords): RequestOptions {
  const { minScore, iou, maxDetections, classes, allowTruncated } = words;
  return {
    ...(minScore !== undefined && { minScore }),
    ...(iou !== undefined && { iou }),
    ...(maxDetections !== undefined && { maxDetections }),
    ...(classes !== undefined && { classes }),
    ...(allowTruncated === true && { allowTruncated: true as const }),
  };
}

/** The model that is meant. Throws a usage error where none, or more than one, may be. */
export async function chooseModel(
  client: ShoalClient,
  url: string,
  name: string | undefined,
): Promise<ModelStatus> {
  if (name !== undefined) return asking(url, () => client.model(name, { budgetMs: questionBudgetMs }));
  const models = await asking(url, () => client.models({ budgetMs: questionBudgetMs }));
  const [only, ...others] = models;
  if (only === undefined) throw usageError(`${url} has no model yet`);
  if (others.length > 0)
    throw usageError(`--model: expected one of ${models.map((model) => model.name).join(', ')}`);
  return only;
}

/** A sentence for each option that was given and that the model's file has settled inside. */
export function fixedOptionWarnings(model: ModelStatus, options: RequestOptions): readonly string[] {
  return (model.fixedOptions ?? []).flatMap((name) => {
    const word = wordOf[name];
    if (word === undefined || options[word] === undefined) return [];
    return [`${model.name} has ${meaningOf[word]} fixed inside: ${effectOf[word]}`];
  });
}

type Fixable = 'minScore' | 'iou' | 'maxDetections';
const wordOf: Readonly<Record<string, Fixable | undefined>> = {
  minScore: 'minScore',
  iou: 'iou',
  maxDetections: 'maxDetections',
};
const meaningOf: Readonly<Record<Fixable, string>> = {
  minScore: 'a lowest score',
  iou: 'its suppression of overlapping boxes',
  maxDetections: 'a largest number of detections',
};
const effectOf: Readonly<Record<Fixable, string>> = {
  minScore: '--min-score below it changes nothing',
  iou: '--iou changes nothing',
  maxDetections: '--max-detections above it changes nothing',
};

export function readShare(text: string): number {
  const value = /^(?:\d+\.?\d*|\.\d+)(?:e-\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('Expected a number from 0 to 1.');
}

export function readCount(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('Expected a whole number from 1.');
}

export function readSeconds(text: string): number {
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && value <= 86_400) return value;
  throw new InvalidArgumentError('Expected a number of seconds, at most 86400.');
}

function readNames(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => name !== '')) return names;
  throw new InvalidArgumentError('Expected names, separated by commas.');
}
