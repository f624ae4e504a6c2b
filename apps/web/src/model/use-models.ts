/**
 * Asks for the live models every few seconds while the page can be seen. A hidden tab asks nothing, and asks at once
 * when it is seen again. One question at a time: the next is timed from the answer before.
 */
import { useEffect } from 'preact/hooks';
import { fetchModels } from '../api/client.ts';
import type { PageEvent } from '../page-state.ts';

const REFRESH_MS = 4_000;

export function useModels(dispatch: (event: PageEvent) => void): void {
  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let asking = false;

    const ask = async (): Promise<void> => {
      if (asking || document.hidden || abort.signal.aborted) return;
      asking = true;
      clearTimeout(timer);
      try {
        const models = await fetchModels(abort.signal);
        dispatch({ type: 'models-arrived', models });
      } catch {
        // Why it failed does not change what people can do: the page says that the list is old and asks again.
        if (!abort.signal.aborted) dispatch({ type: 'models-lost' });
      } finally {
        asking = false;
        if (!abort.signal.aborted) timer = setTimeout(() => void ask(), REFRESH_MS);
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
  }, []);
}
