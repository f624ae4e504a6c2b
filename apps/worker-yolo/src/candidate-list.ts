/** Candidates as they are found, in typed arrays that grow: thousands may come, and few become an object. */
import type { Candidates } from '@shoal/vision';

export class CandidateList implements Candidates {
  count = 0;
  xyxy = new Float64Array(4 * 64);
  scores = new Float64Array(64);
  classIds = new Int32Array(64);

  /** What is above 1 by rounding counts as 1. */
  add(classId: number, score: number, x1: number, y1: number, x2: number, y2: number): void {
    const { count } = this;
    if (count === this.scores.length) this.#grow();
    this.classIds[count] = classId;
    this.scores[count] = Math.min(score, 1);
    this.xyxy[count * 4] = x1;
    this.xyxy[count * 4 + 1] = y1;
    this.xyxy[count * 4 + 2] = x2;
    this.xyxy[count * 4 + 3] = y2;
    this.count += 1;
  }

  addCentred(classId: number, score: number, x: number, y: number, width: number, height: number): void {
    this.add(classId, score, x - width / 2, y - height / 2, x + width / 2, y + height / 2);
  }

  #grow(): void {
    const { xyxy, scores, classIds } = this;
    this.xyxy = new Float64Array(2 * xyxy.length);
    this.scores = new Float64Array(2 * scores.length);
    this.classIds = new Int32Array(2 * classIds.length);
    this.xyxy.set(xyxy);
    this.scores.set(scores);
    this.classIds.set(classIds);
  }
}
