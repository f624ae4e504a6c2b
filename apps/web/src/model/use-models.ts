/**
 * Asks for the live models every few seconds while the page can be seen. A hidden tab asks nothing, and asks at once
 * when it is seen again. With another key it begins anew. One question at a time: the next is timed from the answer before.
 */
import { useEffect, useRef } from 'preact/hooks';
import { fetchModels, RequestFailure } from '../api/client.ts';
import type { PageEvent } from '../page-state.ts';

const REFRESH_MS = 4_000;
/** While pictures wait, people watch the queue. */
const BUSY_REFRESH_MS = 1_500;

export function useModels(
  apiKey: string | undefined,
  busy: boolean,
  dispatch: (event: PageEvent) => void,
): void {
  const refreshMs = useRef(REFRESH_MS);
  refreshMs.current = busy ? BUSY_REFRESH_MS : REFRESH_MS;
  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let asking = false;
    let isClosed = false;

    const ask = async (): Promise<void> => {
      if (asking || isClosed || document.hidden || abort.signal.aborted) return;
      asking = true;
      clearTimeout(timer);
      try {
        const models = await fetchModels(apiKey, abort.signal);
        dispatch({ type: 'models-arrived', models });
      } catch (error) {
        if (abort.signal.aborted) return;
        // Asking again makes no key better. Why it failed otherwise does not change what people can do: the page says
        // that the list is old and asks again.
        isClosed = error instanceof RequestFailure && error.code === 'unauthorized';
        dispatch({ type: isClosed ? 'models-closed' : 'models-lost' });
      } finally {
        asking = false;
        if (!abort.signal.aborted && !isClosed) timer = setTimeout(() => void ask(), refreshMs.current);
      }
    };

    const seen = (): void => void ask();
    document.addEventListener('visibilitychange', seen);
    void ask();
    return () => {
      abort.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', seen);
    };
  }, [apiKey]);
}
