/** The size of an element in CSS pixels, kept up to date while it is on the page. */
import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import type { Size } from './box-geometry.ts';

export function useDrawnSize(element: RefObject<Element | null>): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const watched = element.current;
    if (watched === null) return undefined;
    const observer = new ResizeObserver(() => {
      const { width, height } = watched.getBoundingClientRect();
      setSize({ width, height });
    });
    observer.observe(watched);
    return () => observer.disconnect();
  }, []);
  return size;
}
