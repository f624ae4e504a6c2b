/** The pictures of the page as the formats of files want them. What has no answer yet is in no file. */
import type { PictureResult } from '@shoal/formats';
import type { Answer } from '../api/client.ts';
import type { Detection } from '../api/wire.ts';
import type { PictureItem } from '../run/picture-item.ts';

/** The answers as they came, all fields included. */
export function sentResults(items: readonly PictureItem[]): readonly PictureResult[] {
  return results(
    items,
    ({ body }) =>
      // Everything that a format reads was checked when the answer arrived, but for two fields; see `predictionOf`.
      body as ReturnType<typeof predictionOf>,
  );
}

/** @param isKept which detections are to be in the file */
export function keptResults(
  items: readonly PictureItem[],
  isKept: (detection: Detection) => boolean,
): readonly PictureResult[] {
  return results(items, (answer, labels) => predictionOf(answer, labels, isKept));
}

function results(
  items: readonly PictureItem[],
  prediction: (answer: Answer, labels: readonly string[]) => ReturnType<typeof predictionOf>,
): readonly PictureResult[] {
  return items.flatMap(({ relativePath: file, state }): PictureResult[] => {
    if (state.kind === 'answered')
      return [{ file, prediction: prediction(state.answer, state.model.labels) }];
    if (state.kind !== 'failed') return [];
    return [{ file, error: { code: state.failure.code, message: state.failure.message } }];
  });
}

function predictionOf(
  { prediction, body }: Answer,
  labels: readonly string[],
  isKept: (detection: Detection) => boolean,
) {
  const sent = body as {
    readonly model: { readonly version?: unknown };
    readonly detections: readonly { readonly classId?: unknown }[];
  };
  const { version } = sent.model;
  const classIdOf = (label: string, index: number): number => {
    const classId = sent.detections[index]?.classId;
    return Number.isInteger(classId) ? (classId as number) : Math.max(0, labels.indexOf(label));
  };
  return {
    model: { name: prediction.model, version: typeof version === 'string' ? version : '' },
    image: prediction.image,
    detections: prediction.detections
      .map((detection, index) => ({ ...detection, classId: classIdOf(detection.label, index) }))
      .filter(isKept),
  };
}
