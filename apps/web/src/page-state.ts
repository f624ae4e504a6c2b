/**
 * Everything that the page knows, and what each event does to it: a pure function, so that every order of events can
 * be tried without a browser. Requests, object URLs and clocks live elsewhere.
 *
 * An answer belongs to one picture and stays until that picture runs again. A new choice of model ends no answer, so
 * that people can read on and press Run when they want to; until then the slider and the words are about the model that
 * answered.
 */
import type { Answer } from './api/client.ts';
import type { LiveModel } from './api/wire.ts';
import { scoreFloor } from './detections/minimum-score.ts';
import { keepOrChoose } from './model/model-words.ts';
import {
  isUnderWay,
  type Failure,
  type PictureItem,
  type PictureState,
  type VideoItem,
} from './run/picture-item.ts';

/** The whole run waits, since what failed would fail for every picture. */
export interface Hold {
  readonly failure: Failure;
  /** Of `performance.now()`: when it asks again. */
  readonly untilMs: number;
}

export type Run =
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'running';
      readonly number: number;
      readonly model: LiveModel;
      /** Of `performance.now()`. */
      readonly startedMs: number;
      readonly hold: Hold | undefined;
    }
  | { readonly kind: 'ended'; readonly number: number; readonly model: LiveModel; readonly canceled: boolean }
  /** What failed will fail for every picture until somebody does something. */
  | { readonly kind: 'stopped'; readonly number: number; readonly failure: Failure };

export interface PageState {
  readonly models: readonly LiveModel[];
  /** `asking` until the first list; `lost` shows the last list as old; `closed` waits for a key. */
  readonly modelList: 'asking' | 'live' | 'lost' | 'closed';
  readonly modelName: string | undefined;
  /** Files, snapshots, and the frames of videos, in the order in which they came. */
  readonly pictures: readonly PictureItem[];
  readonly videos: readonly VideoItem[];
  /** Of a picture or a video. */
  readonly selectedId: string | undefined;
  /** About the last choice of files, in words; a refused file leaves everything before it in place. */
  readonly fileNotice: string | undefined;
  readonly runCount: number;
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
  | {
      readonly type: 'files-taken';
      readonly pictures: readonly PictureItem[];
      readonly videos: readonly VideoItem[];
      readonly notice: string | undefined;
    }
  | { readonly type: 'notice-given'; readonly notice: string | undefined }
  | { readonly type: 'video-refused'; readonly id: string; readonly notice: string }
  | { readonly type: 'frames-planned'; readonly videoId: string; readonly frames: readonly PictureItem[] }
  | { readonly type: 'selected'; readonly id: string }
  | { readonly type: 'removed'; readonly id: string }
  | { readonly type: 'cleared' }
  | { readonly type: 'min-score-moved'; readonly minScore: number }
  | {
      readonly type: 'run-started';
      readonly ids: readonly string[];
      readonly model: LiveModel;
      readonly startedMs: number;
    }
  | { readonly type: 'picture-moved'; readonly id: string; readonly state: PictureState }
  | { readonly type: 'run-held'; readonly hold: Hold | undefined }
  | { readonly type: 'run-ended' }
  | { readonly type: 'run-canceled' }
  | { readonly type: 'run-stopped'; readonly failure: Failure }
  | { readonly type: 'key-given'; readonly apiKey: string }
  | { readonly type: 'key-forgotten' };

export const INITIAL_STATE: PageState = {
  models: [],
  modelList: 'asking',
  modelName: undefined,
  pictures: [],
  videos: [],
  selectedId: undefined,
  fileNotice: undefined,
  runCount: 0,
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
    case 'files-taken':
      return {
        ...state,
        pictures: [...state.pictures, ...event.pictures],
        videos: [...state.videos, ...event.videos],
        selectedId: event.videos[0]?.id ?? event.pictures[0]?.id ?? state.selectedId,
        fileNotice: event.notice,
      };
    case 'notice-given':
      return { ...state, fileNotice: event.notice };
    case 'video-refused':
      return { ...without(state, event.id), fileNotice: event.notice };
    case 'frames-planned': {
      const others = state.pictures.filter(({ source }) => !isFrameOf(source, event.videoId));
      return { ...state, pictures: [...others, ...event.frames], selectedId: event.videoId };
    }
    case 'selected':
      return { ...state, selectedId: event.id };
    case 'removed':
      return { ...without(state, event.id), fileNotice: undefined };
    case 'cleared':
      return {
        ...state,
        pictures: [],
        videos: [],
        selectedId: undefined,
        fileNotice: undefined,
        run: { kind: 'idle' },
      };
    case 'min-score-moved':
      return { ...state, minScore: event.minScore };
    case 'run-started': {
      const number = state.runCount + 1;
      const ids = new Set(event.ids);
      return {
        ...state,
        runCount: number,
        // About files that have had their say.
        fileNotice: undefined,
        run: { kind: 'running', number, model: event.model, startedMs: event.startedMs, hold: undefined },
        pictures: taken(state, 'canceled').map((picture) =>
          ids.has(picture.id) ? { ...picture, runNumber: number, state: { kind: 'waiting' } } : picture,
        ),
      };
    }
    case 'picture-moved':
      return {
        ...state,
        pictures: state.pictures.map((picture) =>
          picture.id === event.id ? { ...picture, state: event.state } : picture,
        ),
      };
    case 'run-held':
      return state.run.kind === 'running' ? { ...state, run: { ...state.run, hold: event.hold } } : state;
    case 'run-ended':
    case 'run-canceled': {
      if (state.run.kind !== 'running') return state;
      const canceled = event.type === 'run-canceled';
      const { number, model } = state.run;
      return {
        ...state,
        run: { kind: 'ended', number, model, canceled },
        pictures: taken(state, 'canceled'),
      };
    }
    case 'run-stopped': {
      if (state.run.kind !== 'running') return state;
      const { failure } = event;
      return {
        ...state,
        run: { kind: 'stopped', number: state.run.number, failure },
        pictures: taken(state, 'chosen'),
        keyRefusal: failure.code === 'unauthorized' ? refusalOf(state) : state.keyRefusal,
      };
    }
    case 'key-given':
      // What failed for want of a key is no news any more.
      return {
        ...state,
        apiKey: event.apiKey,
        keyRefusal: 'none',
        run: state.run.kind === 'stopped' ? { kind: 'idle' } : state.run,
      };
    case 'key-forgotten':
      // Whoever forgets a key leaves nothing behind that was seen with it.
      return {
        ...INITIAL_STATE,
        pictures: state.pictures
          .filter(({ source }) => source.kind === 'file')
          .map((picture) => ({ ...picture, runNumber: undefined, state: { kind: 'chosen' } })),
        videos: state.videos,
        selectedId: shownVideo(state)?.id ?? state.selectedId,
        minScore: state.minScore,
      };
    default:
      return event satisfies never;
  }
}

function refusalOf({ apiKey }: PageState): PageState['keyRefusal'] {
  return apiKey === undefined ? 'missing' : 'wrong';
}

/** What had not come to an end goes back to where it was, or is canceled. */
function taken(state: PageState, kind: 'chosen' | 'canceled'): readonly PictureItem[] {
  return state.pictures.map((picture) => (isUnderWay(picture) ? { ...picture, state: { kind } } : picture));
}

/** Takes a picture or a video, with its frames, off the page; what stood beside it is selected in its place. */
function without(state: PageState, id: string): PageState {
  const entries = filmstripIds(state);
  const at = entries.indexOf(id);
  const neighbour = entries[at + 1] ?? entries[at - 1];
  const isShown = state.selectedId === id || shownVideo(state)?.id === id;
  return {
    ...state,
    pictures: state.pictures.filter((picture) => picture.id !== id && !isFrameOf(picture.source, id)),
    videos: state.videos.filter((video) => video.id !== id),
    selectedId: isShown ? neighbour : state.selectedId,
    run: entries.length === 1 ? { kind: 'idle' } : state.run,
  };
}

function isFrameOf(source: PictureItem['source'], videoId: string): boolean {
  return source.kind === 'frame' && source.videoId === videoId;
}

/** What the filmstrip shows, in its order: videos, then pictures; frames stand with their video. */
export function filmstripIds({
  videos,
  pictures,
}: Pick<PageState, 'videos' | 'pictures'>): readonly string[] {
  return [...videos, ...pictures.filter(({ source }) => source.kind === 'file')].map(({ id }) => id);
}

export function chosenModel(state: PageState): LiveModel | undefined {
  return state.models.find((model) => model.name === state.modelName);
}

export function selectedPicture(state: PageState): PictureItem | undefined {
  return state.pictures.find(({ id }) => id === state.selectedId);
}

/** The video on the stage: the one that is selected, or whose frame is. */
export function shownVideo(state: PageState): VideoItem | undefined {
  const source = selectedPicture(state)?.source;
  const id = source?.kind === 'frame' ? source.videoId : state.selectedId;
  return state.videos.find((video) => video.id === id);
}

export function framesOf(state: PageState, videoId: string): readonly PictureItem[] {
  return state.pictures.filter(({ source }) => isFrameOf(source, videoId));
}

export function selectedAnswer(state: PageState): Answer | undefined {
  const picture = selectedPicture(state);
  return picture?.state.kind === 'answered' ? picture.state.answer : undefined;
}

/** The slider's lowest and present value, 0 to 1: of the model that answered, else of the one that is chosen. */
export function scoreRange(state: PageState): { readonly floor: number; readonly minScore: number } {
  const picture = selectedPicture(state);
  const model = picture?.state.kind === 'answered' ? picture.state.model : chosenModel(state);
  const modelDefault = model?.defaultMinScore ?? 0.25;
  const floor = scoreFloor(modelDefault);
  return { floor, minScore: Math.max(floor, state.minScore ?? modelDefault) };
}
