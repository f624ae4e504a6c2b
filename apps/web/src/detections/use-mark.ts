/**
 * Gives one child of an element a class. By hand rather than by drawing the element anew: pointing at one of thousands
 * happens at every movement of the pointer, and must not cost a look at the others.
 */
import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';

/** @param renewed whatever the children are made from: they may have been replaced when it changed */
export function useMark(
  parent: RefObject<Element | null>,
  childIndex: number | undefined,
  className: string,
  renewed: unknown,
): void {
  useLayoutEffect(() => {
    const child = childIndex === undefined ? undefined : parent.current?.children[childIndex];
    child?.classList.add(className);
    return () => child?.classList.remove(className);
  }, [childIndex, className, renewed]);
}
