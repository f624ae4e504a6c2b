/**
 * Everything that the page knows, and what each event does to it: a pure function, so that every order of events can
 * be tried without a browser. Requests and object URLs live in the components.
 *
 * An answer belongs to one picture: a new picture ends it. A new choice of model does not, so that people can read on
 * and press Run when they want to; until then the slider and the words are about the model that answered.
 */
import type { Answer } from './api/client.ts';
import type { LiveModel } from './api/wire.ts';
import { scoreFloor } from './detections/minimum-score.ts';
import { keepOrChoose } from './model/model-words.ts';

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly retryAfterS: number | undefined;
}

export type Run =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly model: LiveModel }
  | { readonly kind: 'answered'; readonly model: LiveModel; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly failure: Failure };

export interface PageState {
  readonly models: readonly LiveModel[];
  /** `asking` until the first list; `lost` shows the last list as old; `closed` waits for a key. */
  readonly modelList: 'asking' | 'live' | 'lost' | 'closed';
  readonly modelName: string | undefined;
  readonly file: File | undefined;
  /** About the last choice of files, in words; a refused file leaves the picture before it in place. */
  readonly fileNotice: string | undefined;
  readonly run: Run;
  /** 0 to 1; undefined until the slider was moved: then the model's own default counts. */
  readonly minScore: number | undefined;
  /** Sent with every request; undefined while there is none, which most servers do not mind. */
  readonly apiKey: string | undefined;
  /** What the server said to the last request of this key, or of none: `missing` and `wrong` are its 401. */
  readonly keyRefusal: 'none' | 'missing' | 'wrong';
}

export type PageEvent =
  | { readonly type: 'models-arrived'; readonly models: readonly LiveModel[] }
  | { readonly type: 'models-lost' }
  | { readonly type: 'models-closed' }
  | { readonly type: 'model-chosen'; readonly name: string }
  | { readonly type: 'file-chosen'; readonly file: File; readonly notice?: string }
  | { readonly type: 'file-refused'; readonly notice: string }
  | { readonly type: 'min-score-moved'; readonly minScore: number }
  | { readonly type: 'run-started'; readonly model: LiveModel }
  | { readonly type: 'run-answered'; readonly model: LiveModel; readonly answer: Answer }
  | { readonly type: 'run-failed'; readonly failure: Failure }
  | { readonly type: 'run-canceled' }
  | { readonly type: 'key-given'; readonly apiKey: string }
  | { readonly type: 'key-forgotten' };

export const INITIAL_STATE: PageState = {
  models: [],
  modelList: 'asking',
  modelName: undefined,
  file: undefined,
  fileNotice: undefined,
  run: { kind: 'idle' },
  minScore: undefined,
  apiKey: undefined,
  keyRefusal: 'none',
};

export function reduce(state: PageState, event: PageEvent): PageState {
  switch (event.type) {
    case 'models-arrived':
      return {
        ...state,
        models: event.models,
        modelList: 'live',
        modelName: keepOrChoose(event.models, state.modelName),
      };
    case 'models-lost':
      return { ...state, modelList: 'lost' };
    case 'models-closed':
      return { ...state, modelList: 'closed', keyRefusal: refusalOf(state) };
    case 'model-chosen':
      return { ...state, modelName: event.name };
    case 'file-chosen':
      return { ...state, file: event.file, fileNotice: event.notice, run: { kind: 'idle' } };
    case 'file-refused':
      return { ...state, fileNotice: event.notice };
    case 'min-score-moved':
      return { ...state, minScore: event.minScore };
    case 'run-started':
      return { ...state, run: { kind: 'running', model: event.model } };
    case 'run-answered':
      return { ...state, run: { kind: 'answered', model: event.model, answer: event.answer } };
    case 'run-failed':
      return {
        ...state,
        run: { kind: 'failed', failure: event.failure },
        keyRefusal: event.failure.code === 'unauthorized' ? refusalOf(state) : state.keyRefusal,
      };
    case 'run-canceled':
      return { ...state, run: { kind: 'idle' } };
    case 'key-given':
      // What failed for want of a key is no news any more.
      return {
        ...state,
        apiKey: event.apiKey,
        keyRefusal: 'none',
        run: state.run.kind === 'failed' ? { kind: 'idle' } : state.run,
      };
    case 'key-forgotten':
      // Whoever forgets a key leaves nothing behind that was seen with it.
      return { ...INITIAL_STATE, file: state.file, minScore: state.minScore };
    default:
      return event satisfies never;
  }
}

function refusalOf({ apiKey }: PageState): PageState['keyRefusal'] {
  return apiKey === undefined ? 'missing' : 'wrong';
}

export function chosenModel(state: PageState): LiveModel | undefined {
  return state.models.find((model) => model.name === state.modelName);
}

/** The slider's lowest and present value, 0 to 1: of the model that answered, else of the one that is chosen. */
export function scoreRange(state: PageState): { readonly floor: number; readonly minScore: number } {
  const model = state.run.kind === 'answered' ? state.run.model : chosenModel(state);
  const modelDefault = model?.defaultMinScore ?? 0.25;
  const floor = scoreFloor(modelDefault);
  return { floor, minScore: Math.max(floor, state.minScore ?? modelDefault) };
}
