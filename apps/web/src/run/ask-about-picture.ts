/** One picture of a run: gets its bytes, asks the server, and says what became of it and what that means for the run. */
import type { OpenPrediction } from '@shoal/client';
import { predict, RequestFailure } from '../api/client.ts';
import { verdictOn } from '../api/verdict.ts';
import type { LiveModel } from '../api/wire.ts';
import { scoreFloor } from '../detections/minimum-score.ts';
import type { Failure, PictureItem, PictureState } from './picture-item.ts';
import type { Outcome } from './work-through.ts';

export interface Asking {
  readonly model: LiveModel;
  readonly priority: 'normal' | 'low';
  readonly apiKey: string | undefined;
  /** Of the run: the same picture asked again in the same run is the same question. */
  readonly runKey: string;
  readonly bytesOf: (item: PictureItem, signal: AbortSignal) => Promise<Blob>;
  readonly onMove: (id: string, state: PictureState) => void;
}

export async function askAboutPicture(
  item: PictureItem,
  asking: Asking,
  signal: AbortSignal,
): Promise<Outcome<Failure>> {
  const move = (state: PictureState): void => {
    // After an abort the page has said already what became of it.
    if (!signal.aborted) asking.onMove(item.id, state);
  };
  move({ kind: 'running', phase: 'sending', place: undefined, estimatedMs: undefined });
  try {
    const answer = await predict({
      picture: await opened(item, asking, signal),
      pictureName: item.name,
      modelName: asking.model.name,
      minScore: scoreFloor(asking.model.defaultMinScore),
      priority: asking.priority,
      idempotencyKey: `${asking.runKey}-${item.id}`,
      apiKey: asking.apiKey,
      signal,
      onState: (state) => move(shownState(state)),
    });
    move({ kind: 'answered', model: asking.model, answer });
    return { kind: 'done' };
  } catch (error) {
    const failure = asFailure(error);
    const verdict = verdictOn(failure.code);
    if (verdict === 'picture') {
      move({ kind: 'failed', failure });
      return { kind: 'done' };
    }
    move({ kind: 'waiting' });
    if (verdict === 'stop') return { kind: 'stop', trouble: failure };
    return { kind: 'hold', trouble: failure, waitMs: waitMsOf(failure) };
  }
}

/** Files that were moved or changed since they were chosen, and frames that the browser cannot decode. */
async function opened(item: PictureItem, { bytesOf }: Asking, signal: AbortSignal): Promise<Blob> {
  try {
    const blob = await bytesOf(item, signal);
    // A file that is gone would look like a lost connection once it is part of a request.
    if (blob.size > 0) await blob.slice(0, 1).arrayBuffer();
    return blob;
  } catch (error) {
    if (signal.aborted) throw error;
    throw new RequestFailure('picture_unreadable', error instanceof Error ? error.message : String(error));
  }
}

function shownState({ status, place, estimatedMs }: OpenPrediction): PictureState {
  const phase = status === 'queued' ? 'queued' : 'working';
  return { kind: 'running', phase, place: phase === 'queued' ? place : undefined, estimatedMs };
}

function waitMsOf({ retryAfterS }: Failure): number | undefined {
  return retryAfterS === undefined ? undefined : Math.max(1, retryAfterS) * 1000;
}

function asFailure(error: unknown): Failure {
  return error instanceof RequestFailure
    ? { code: error.code, message: error.message, retryAfterS: error.retryAfterS }
    : { code: 'answer_unreadable', message: String(error), retryAfterS: undefined };
}
