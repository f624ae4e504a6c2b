/**
 * The door at which JSON becomes typed answers. Looked at is what a program leans on; what it does not know is let through as it
 * came. An answer that is not what it should be is an `answer_unreadable` that names the field.
 */
import type { FinalPrediction, ModelStatus, PredictionState } from './answer-form.ts';
import { ShoalError } from './shoal-error.ts';

type Fields = Readonly<Record<string, unknown>>;

export function readModels(body: unknown): readonly ModelStatus[] {
  const models = list(fields(body, 'answer')['models'], 'models');
  return models.map((model, index) => readModel(model, `models[${index}]`));
}

export function readModel(body: unknown, at = 'answer'): ModelStatus {
  const model = fields(body, at);
  for (const name of ['name', 'title', 'version', 'state']) text(model[name], `${at}.${name}`);
  for (const name of ['labels', 'aliases', 'workers']) list(model[name], `${at}.${name}`);
  const defaults = fields(model['defaults'], `${at}.defaults`);
  for (const name of ['minScore', 'iou', 'maxDetections']) number(defaults[name], `${at}.defaults.${name}`);
  const queue = fields(model['queue'], `${at}.queue`);
  for (const name of ['waiting', 'active', 'oldestMs']) number(queue[name], `${at}.queue.${name}`);
  return body as ModelStatus;
}

export function readState(body: unknown): PredictionState {
  const answer = fields(body, 'answer');
  text(answer['id'], 'id');
  switch (answer['status']) {
    case 'queued':
    case 'running':
      number(answer['place'], 'place');
      if (answer['estimatedMs'] !== undefined) number(answer['estimatedMs'], 'estimatedMs');
      break;
    case 'succeeded':
      readSucceeded(answer);
      break;
    case 'failed':
    case 'canceled':
    case 'expired':
      if (readErrorBody(body) === undefined) throw unreadable('error is not a code and a message');
      break;
    default:
      throw unreadable('status is none of those there are');
  }
  return body as PredictionState;
}

export function readFinal(body: unknown): FinalPrediction {
  const state = readState(body);
  if (isFinal(state)) return state;
  throw unreadable('the prediction is still open');
}

export function isFinal(state: PredictionState): state is FinalPrediction {
  return state.status !== 'queued' && state.status !== 'running';
}

/** The error in a body, or undefined where it is none of the server's: the page of a proxy, say. */
export function readErrorBody(body: unknown): { code: string; message: string } | undefined {
  if (!isFields(body) || !isFields(body['error'])) return undefined;
  const { code, message } = body['error'];
  return typeof code === 'string' && typeof message === 'string' ? { code, message } : undefined;
}

function readSucceeded(answer: Fields): void {
  text(fields(answer['model'], 'model')['name'], 'model.name');
  const image = fields(answer['image'], 'image');
  for (const name of ['width', 'height']) number(image[name], `image.${name}`);
  for (const [name, value] of Object.entries(fields(answer['timings'], 'timings'))) {
    number(value, `timings.${name}`);
  }
  list(answer['detections'], 'detections').forEach((entry, index) => {
    const at = `detections[${index}]`;
    const detection = fields(entry, at);
    text(detection['label'], `${at}.label`);
    number(detection['score'], `${at}.score`);
    const box = fields(detection['box'], `${at}.box`);
    for (const name of ['x1', 'y1', 'x2', 'y2']) number(box[name], `${at}.box.${name}`);
  });
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fields(value: unknown, at: string): Fields {
  if (isFields(value)) return value;
  throw unreadable(`${at} is not an object`);
}

function list(value: unknown, at: string): readonly unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  throw unreadable(`${at} is not a list`);
}

function text(value: unknown, at: string): void {
  if (typeof value !== 'string') throw unreadable(`${at} is not a text`);
}

function number(value: unknown, at: string): void {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw unreadable(`${at} is not a number`);
}

function unreadable(problem: string): ShoalError {
  return new ShoalError('answer_unreadable', `the answer is not that of a Shoal server: ${problem}`);
}
