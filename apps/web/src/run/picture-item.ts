/**
 * One picture on the page, from the moment it was chosen until it has its answer. Plain data: the bytes stay with the
 * browser (a File is a handle, not the bytes; a video's frame is taken when it is sent), so a folder of thousands costs
 * little. Object URLs and requests live in the components.
 */
import type { Answer } from '../api/client.ts';
import type { LiveModel } from '../api/wire.ts';

export interface Failure {
  /** Of the server's table, or of the page's own: see `api/error-advice.ts`. */
  readonly code: string;
  readonly message: string;
  /** Seconds after which the server says that it is worth trying again. */
  readonly retryAfterS: number | undefined;
}

/** Where the bytes come from. A snapshot is a file like any other; a frame is sampled from a video when its turn comes. */
export type PictureSource =
  | { readonly kind: 'file'; readonly file: File }
  | { readonly kind: 'frame'; readonly videoId: string; readonly atS: number };

export type PictureState =
  /** Chosen, and not asked to run. */
  | { readonly kind: 'chosen' }
  /** In this page's own line: it is sent when one before it is done. */
  | { readonly kind: 'waiting' }
  /** With the server. `place` is 1 for the next in its queue, undefined while it is on its way or being worked on. */
  | {
      readonly kind: 'running';
      readonly phase: 'sending' | 'queued' | 'working';
      readonly place: number | undefined;
      readonly estimatedMs: number | undefined;
    }
  /** `model` is as it was when it was asked: its default score is where the slider begins. */
  | { readonly kind: 'answered'; readonly model: LiveModel; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'canceled' };

export interface PictureItem {
  /** Of this page only. */
  readonly id: string;
  readonly source: PictureSource;
  /** The file's name; of a frame the video's, with its time. */
  readonly name: string;
  /** Below the folder that was chosen, with forward slashes; the name where there was no folder. */
  readonly relativePath: string;
  /** Of the file; undefined for frames, which have no size before they are taken. */
  readonly sizeBytes: number | undefined;
  /** Which run of this page it last took part in; undefined before its first. */
  readonly runNumber: number | undefined;
  readonly state: PictureState;
}

/** A video is played on the page; what is sent are its frames and snapshots, which are pictures. */
export interface VideoItem {
  readonly id: string;
  readonly file: File;
  readonly name: string;
  readonly relativePath: string;
}

export function answerOf(item: PictureItem | undefined): Answer | undefined {
  return item?.state.kind === 'answered' ? item.state.answer : undefined;
}

/** In a run that has not come to its end. */
export function isUnderWay({ state }: PictureItem): boolean {
  return state.kind === 'waiting' || state.kind === 'running';
}
