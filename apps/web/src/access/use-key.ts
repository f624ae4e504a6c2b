/** Brings the key that is kept into the page's state, and what a person does with keys into both. */
import { useMemo } from 'preact/hooks';
import type { PageEvent } from '../page-state.ts';
import { keyStore } from './key-store.ts';

export interface KeyActions {
  readonly give: (apiKey: string, where: 'tab' | 'computer') => void;
  readonly forget: () => void;
}

const store = keyStore(document.baseURI, { tab: () => sessionStorage, computer: () => localStorage });

export const keptKey = (): string | undefined => store.read();

export function useKey(dispatch: (event: PageEvent) => void): KeyActions {
  return useMemo(
    () => ({
      give: (apiKey, where) => {
        store.keep(apiKey, where);
        dispatch({ type: 'key-given', apiKey });
      },
      forget: () => {
        store.forget();
        dispatch({ type: 'key-forgotten' });
      },
    }),
    [dispatch],
  );
}
