/**
 * `shoal predict`: a few pictures, answered in the order in which they were named. A picture that fails fails alone; a server
 * that takes nothing ends it.
 */
import type { MapItem, Prediction } from '@shoal/client';
import { fileImage, type FileImage } from '@shoal/client/node';
import { commandErrorOf, concernsAll, connect } from '../ask-server.ts';
import { CommandError, exitStatus } from '../exit-status.ts';
import { watchForInterruption } from '../interruption.ts';
import {
  chooseModel,
  fixedOptionWarnings,
  requestOptionsOf,
  type RequestOptions,
} from '../prediction-options.ts';
import { alignColumns, countOf, paintFor, printJson, say } from '../terminal.ts';
import { checkFiles } from './check-files.ts';
import type { PredictWords } from './predict-command.ts';

export async function predictFiles(files: readonly string[], words: PredictWords): Promise<void> {
  await checkFiles(files);
  const client = await connect(words);
  const model = await chooseModel(client, words.url, words.model);
  const options = requestOptionsOf(words);
  for (const warning of fixedOptionWarnings(model, options)) say(`warning: ${warning}`);
  const { signal, stop } = watchForInterruption();
  let failed = 0;
  try {
    const items = client.map(files.map(fileImage), {
      ...options,
      model: model.name,
      returnExceptions: true,
      signal,
    });
    for await (const item of items) {
      if (item.error !== undefined && concernsAll(item.error)) throw commandErrorOf(item.error, words.url);
      if (item.error !== undefined) failed += 1;
      if (words.json === true) printJson(asJson(item));
      else print(item, options);
    }
  } catch (error) {
    if (signal.aborted) throw new CommandError('', exitStatus.interrupted, { cause: error });
    throw error;
  } finally {
    stop();
  }
  if (failed > 0) throw new CommandError(`${countOf(failed, 'picture')} failed`);
}

function asJson({ input, prediction, error }: MapItem<FileImage>): unknown {
  if (prediction !== undefined) return { file: input.path, ...prediction };
  return { file: input.path, status: 'failed', error: { code: error.code, message: error.message } };
}

const paint = paintFor(process.stdout);

function print({ input, prediction, error }: MapItem<FileImage>, options: RequestOptions): void {
  if (error !== undefined) {
    say(`${input.path}: ${paintFor(process.stderr)('red', 'failed')}: ${error.message}`);
    return;
  }
  for (const warning of prediction.warnings ?? []) say(`${input.path}: warning: ${warning.message}`);
  const { width, height } = prediction.image;
  const found = countOf(prediction.detections.length, 'detection');
  const above = options.minScore === undefined ? '' : ` from ${options.minScore}`;
  console.log(`${paint('bold', input.path)}  ${width} x ${height}, ${found}${above}`);
  if (prediction.detections.length > 0) console.log(indent(alignColumns(detectionRows(prediction))));
}

const indent = (text: string): string => text.replaceAll(/^/gm, '  ');

function detectionRows({ detections }: Prediction): readonly (readonly string[])[] {
  return [
    ['', 'score', 'x1', 'y1', 'x2', 'y2'].map((title) => paint('dim', title)),
    ...detections.map(({ label, score, box: { x1, y1, x2, y2 } }) => [
      label,
      score.toFixed(3),
      ...[x1, y1, x2, y2].map((value) => value.toFixed(1)),
    ]),
  ];
}
