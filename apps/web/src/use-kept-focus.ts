/**
 * What somebody's keyboard stood on may leave the page: Cancel when the run ends, a sample when its picture is there.
 * The focus would fall back to the top of the page; here it goes on to what comes next.
 */
import { useEffect, useRef } from 'preact/hooks';

/** @param next a selector of what takes the focus over; looked at whenever one of `changes` changed */
export function useKeptFocus(next: string, changes: readonly unknown[]): void {
  const last = useRef<Element | null>(null);
  useEffect(() => {
    const note = ({ target }: FocusEvent): void => {
      last.current = target instanceof Element ? target : null;
    };
    addEventListener('focusin', note);
    return () => removeEventListener('focusin', note);
  }, []);
  useEffect(() => {
    if (document.activeElement !== document.body || last.current?.isConnected !== false) return;
    last.current = null;
    document.querySelector<HTMLElement>(next)?.focus({ preventScroll: true });
  }, changes);
}
