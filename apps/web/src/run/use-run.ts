/**
 * Holds the one request that may be under way: a new run, a new picture or Cancel aborts the one before, which also
 * tells the server that nobody waits for it any more. An aborted request reports nothing.
 */
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { predict, RequestFailure } from '../api/client.ts';
import type { LiveModel } from '../api/wire.ts';
import { scoreFloor } from '../detections/minimum-score.ts';
import type { Failure, PageEvent } from '../page-state.ts';

export function useRun(
  file: File | undefined,
  model: LiveModel | undefined,
  apiKey: string | undefined,
  dispatch: (event: PageEvent) => void,
): { readonly start: () => void; readonly cancel: () => void } {
  const underWay = useRef<AbortController | undefined>(undefined);

  const stop = useCallback(() => {
    underWay.current?.abort();
    underWay.current = undefined;
  }, []);
  useEffect(() => stop, [file]);

  const run = async (picture: File, by: LiveModel, signal: AbortSignal): Promise<void> => {
    const event = await outcome(picture, by, apiKey, signal);
    if (!signal.aborted) dispatch(event);
  };

  const start = (): void => {
    if (file === undefined || model === undefined) return;
    stop();
    const abort = new AbortController();
    underWay.current = abort;
    dispatch({ type: 'run-started', model });
    void run(file, model, abort.signal);
  };

  const cancel = (): void => {
    stop();
    dispatch({ type: 'run-canceled' });
  };

  return { start, cancel };
}

async function outcome(
  file: File,
  model: LiveModel,
  apiKey: string | undefined,
  signal: AbortSignal,
): Promise<PageEvent> {
  try {
    const answer = await predict(file, model.name, scoreFloor(model.defaultMinScore), apiKey, signal);
    return { type: 'run-answered', model, answer };
  } catch (error) {
    return { type: 'run-failed', failure: asFailure(error) };
  }
}

function asFailure(error: unknown): Failure {
  return error instanceof RequestFailure
    ? { code: error.code, message: error.message, retryAfterS: error.retryAfterS }
    : { code: 'answer_unreadable', message: String(error), retryAfterS: undefined };
}
