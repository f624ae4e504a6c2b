/**
 * The door between the gateway's JSON and the page: unknown values become typed ones here, or an error that names the
 * field. The page leans only on what it draws, so an answer with more in it than today's still parses.
 */

export type ModelState = 'loading' | 'ready' | 'failed' | 'away';

export interface LiveModel {
  readonly name: string;
  readonly title: string;
  readonly state: ModelState;
  readonly reason: string | undefined;
  readonly defaultMinScore: number;
  readonly labels: readonly string[];
  readonly workerCount: number;
  readonly queue: { readonly waiting: number; readonly active: number };
}

/** Corners in pixels of the upright picture. */
export interface BoxXyxy {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

export interface Detection {
  readonly label: string;
  readonly score: number;
  readonly box: BoxXyxy;
}

export interface Prediction {
  readonly model: string;
  readonly device: string | undefined;
  readonly image: { readonly width: number; readonly height: number };
  /** Best score first, as the server sent them. */
  readonly detections: readonly Detection[];
  /** Milliseconds by step, in the order in which the server names them; `totalMs` among them. */
  readonly timingsMs: Readonly<Record<string, number>>;
}

type Fields = Readonly<Record<string, unknown>>;

const MODEL_STATES: readonly string[] = ['loading', 'ready', 'failed', 'away'] satisfies ModelState[];

/** @throws Error naming the first field that is not as promised */
export function parseModels(body: unknown): readonly LiveModel[] {
  return list(fields(body, 'answer')['models'], 'models').map((entry, index) => {
    const at = `models[${index}]`;
    const model = fields(entry, at);
    const name = text(model['name'], `${at}.name`);
    const state = text(model['state'], `${at}.state`);
    const queue = optionalFields(model['queue']);
    return {
      name,
      title: typeof model['title'] === 'string' && model['title'] !== '' ? model['title'] : name,
      // A state that this build does not know is at least not a promise of an answer.
      state: MODEL_STATES.includes(state) ? (state as ModelState) : 'away',
      reason: typeof model['reason'] === 'string' ? model['reason'] : undefined,
      defaultMinScore: numberOr(optionalFields(model['defaults'])['minScore'], 0.25),
      labels: Array.isArray(model['labels'])
        ? model['labels'].filter((label) => typeof label === 'string')
        : [],
      workerCount: Array.isArray(model['workers']) ? model['workers'].length : 0,
      queue: { waiting: numberOr(queue['waiting'], 0), active: numberOr(queue['active'], 0) },
    };
  });
}

/** @throws Error naming the first field that is not as promised */
export function parsePrediction(body: unknown): Prediction {
  const answer = fields(body, 'answer');
  const model = fields(answer['model'], 'model');
  const image = fields(answer['image'], 'image');
  return {
    model: text(model['name'], 'model.name'),
    device: typeof answer['device'] === 'string' ? answer['device'] : undefined,
    image: { width: number(image['width'], 'image.width'), height: number(image['height'], 'image.height') },
    detections: list(answer['detections'], 'detections').map((entry, index) => {
      const at = `detections[${index}]`;
      const detection = fields(entry, at);
      const box = fields(detection['box'], `${at}.box`);
      return {
        label: text(detection['label'], `${at}.label`),
        score: number(detection['score'], `${at}.score`),
        box: {
          x1: number(box['x1'], `${at}.box.x1`),
          y1: number(box['y1'], `${at}.box.y1`),
          x2: number(box['x2'], `${at}.box.x2`),
          y2: number(box['y2'], `${at}.box.y2`),
        },
      };
    }),
    timingsMs: Object.fromEntries(
      Object.entries(optionalFields(answer['timings'])).filter(
        (entry): entry is [string, number] => typeof entry[1] === 'number' && Number.isFinite(entry[1]),
      ),
    ),
  };
}

function fields(value: unknown, at: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${at} is not an object`);
  return value as Fields;
}

function optionalFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function list(value: unknown, at: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${at} is not a list`);
  return value;
}

function text(value: unknown, at: string): string {
  if (typeof value !== 'string') throw new Error(`${at} is not text`);
  return value;
}

function number(value: unknown, at: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Error(`${at} is not a number`);
  return value;
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
}
