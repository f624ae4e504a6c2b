/** One of the two that are compared: something that answers pictures, one after the other. */
import type { Detection } from '@shoal/client';
import type { FoundPicture } from '../pictures/walk-pictures.ts';

export interface Answered {
  readonly file: string;
  readonly image: { readonly width: number; readonly height: number };
  readonly detections: readonly Detection[];
}

/** No answer, and why. */
export interface Unanswered {
  readonly file: string;
  readonly problem: string;
}

export type PictureAnswer = Answered | Unanswered;

export interface Side {
  /** For people: which model, of which version, where. */
  readonly title: string;
  /** One answer for each picture, in their order. Throws a CommandError where going on makes no sense. */
  answers(pictures: AsyncIterable<FoundPicture>, signal: AbortSignal): AsyncIterable<PictureAnswer>;
  /** Which pictures it has answers to, where it knows that itself. */
  readonly files?: Iterable<string>;
  close(): Promise<void>;
}
