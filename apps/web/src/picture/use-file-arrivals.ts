/** The ways in which files arrive (picked, dropped anywhere, pasted) end in one: taken, or refused in words. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { PageEvent } from '../page-state.ts';
import { asArrived, droppedFiles } from './dropped-files.ts';
import { sortFiles, type ArrivedFile } from './sort-files.ts';

/** After this a folder is large enough for a word about it. */
const SLOW_MS = 400;

let lastId = 0;

/** Of this page only. */
export function newId(): string {
  lastId += 1;
  return `p${lastId}`;
}

export function useFileArrivals(dispatch: (event: PageEvent) => void): {
  readonly takeFiles: (files: readonly File[]) => void;
  /** Files hover over the page. */
  readonly dragging: boolean;
} {
  const [dragging, setDragging] = useState(false);

  const take = useMemo(
    () =>
      (arrived: readonly ArrivedFile[]): void => {
        if (arrived.length > 0) dispatch({ type: 'files-taken', ...sortFiles(arrived, newId) });
      },
    [dispatch],
  );

  const takeDropped = async (transfer: DataTransfer): Promise<void> => {
    const slow = setTimeout(
      () => dispatch({ type: 'notice-given', notice: 'Looking through the folder…' }),
      SLOW_MS,
    );
    const arrived = await droppedFiles(transfer);
    clearTimeout(slow);
    if (arrived.length === 0)
      dispatch({ type: 'notice-given', notice: 'There is no file in what was dropped.' });
    take(arrived);
  };

  useEffect(() => {
    const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
    const onDragOver = (event: DragEvent): void => {
      if (!carriesFiles(event)) return;
      // Without this the browser would leave the page and open the file.
      event.preventDefault();
      setDragging(true);
    };
    const onDragLeave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setDragging(false);
    };
    const onDrop = (event: DragEvent): void => {
      if (!carriesFiles(event) || event.dataTransfer === null) return;
      event.preventDefault();
      setDragging(false);
      void takeDropped(event.dataTransfer);
    };
    const onPaste = (event: ClipboardEvent): void =>
      take([...(event.clipboardData?.files ?? [])].map(asArrived));

    addEventListener('dragover', onDragOver);
    addEventListener('dragleave', onDragLeave);
    addEventListener('drop', onDrop);
    addEventListener('paste', onPaste);
    return () => {
      removeEventListener('dragover', onDragOver);
      removeEventListener('dragleave', onDragLeave);
      removeEventListener('drop', onDrop);
      removeEventListener('paste', onPaste);
    };
  }, [take]);

  return { takeFiles: (files) => take(files.map(asArrived)), dragging };
}
