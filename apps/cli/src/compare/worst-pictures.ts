/** The pictures on which two sides disagree most: a list of bounded length, whatever was compared. */
import type { Matching } from './match-detections.ts';

export interface ComparedPicture extends Matching {
  /** From the folder on, with forward slashes. */
  readonly file: string;
  /** Pixels of the upright picture. */
  readonly width: number;
  readonly height: number;
  readonly disagreement: number;
}

export class WorstPictures {
  readonly #max: number;
  /** The worst first. */
  readonly #pictures: ComparedPicture[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  get pictures(): readonly ComparedPicture[] {
    return this.#pictures;
  }

  /** One without any difference is none of the worst. Of equal ones the earlier stays. */
  add(picture: ComparedPicture): void {
    if (picture.disagreement === 0) return;
    const found = this.#pictures.findIndex(({ disagreement }) => disagreement < picture.disagreement);
    this.#pictures.splice(found === -1 ? this.#pictures.length : found, 0, picture);
    if (this.#pictures.length > this.#max) this.#pictures.pop();
  }
}
