/** A value that is left behind while it changes at every frame, and catches up as soon as it rests. */
import { useEffect, useRef, useState } from 'preact/hooks';

const REST_MS = 140;

/** @param follows that it never is left behind, where drawing anew costs nothing */
export function useSettled<T>(value: T, follows: boolean, isSame: (one: T, other: T) => boolean): T {
  const settled = useRef(value);
  const [, drawAnew] = useState(0);
  if (follows) settled.current = value;
  useEffect(() => {
    if (isSame(settled.current, value)) return undefined;
    const timer = setTimeout(() => {
      settled.current = value;
      drawAnew((count) => count + 1);
    }, REST_MS);
    return () => clearTimeout(timer);
  });
  return settled.current;
}
