// Detects by asking a running Shoal, the way every client does: what is measured is what is served.
import sharp from 'sharp';
import type { Detect } from './evaluate-scenes.ts';
import type { Detection } from './mean-average-precision.ts';

interface Answer {
  readonly detections?: readonly {
    readonly classId: number;
    readonly score: number;
    readonly box: Readonly<Record<'x1' | 'y1' | 'x2' | 'y2', number>>;
  }[];
}

/** `url` is the server's address without a path. Throws on any answer but 200, with its text. */
export const askServer =
  (url: string, model: string): Detect =>
  async ({ rgb, width, height }): Promise<readonly Detection[]> => {
    const body = await sharp(rgb, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer();
    const response = await fetch(`${url}/v1/predictions?model=${encodeURIComponent(model)}`, {
      method: 'POST',
      headers: { 'content-type': 'image/png' },
      body: new Uint8Array(body),
    });
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
    const { detections = [] } = (await response.json()) as Answer;
    return detections.map(({ classId, score, box: { x1, y1, x2, y2 } }) => ({
      classId,
      score,
      boxXyxy: [x1, y1, x2, y2],
    }));
  };
