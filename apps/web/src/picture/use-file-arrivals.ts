/** The three ways in which files arrive (picked, dropped anywhere, pasted) end in one: taken, or refused in words. */
import { useEffect, useState } from 'preact/hooks';
import type { PageEvent } from '../page-state.ts';
import { refuseFile } from './refuse-file.ts';

export function useFileArrivals(dispatch: (event: PageEvent) => void): {
  readonly takeFiles: (files: readonly File[]) => void;
  /** Files hover over the page. */
  readonly dragging: boolean;
} {
  const [dragging, setDragging] = useState(false);

  const takeFiles = (files: readonly File[]): void => {
    const [file] = files;
    if (file === undefined) return;
    const refusal = refuseFile(file);
    if (refusal !== undefined) {
      dispatch({ type: 'file-refused', notice: refusal });
    } else if (files.length > 1) {
      const notice = `Took the first of ${files.length} files: one picture at a time for now.`;
      dispatch({ type: 'file-chosen', file, notice });
    } else {
      dispatch({ type: 'file-chosen', file });
    }
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
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setDragging(false);
      takeFiles([...(event.dataTransfer?.files ?? [])]);
    };
    const onPaste = (event: ClipboardEvent): void => takeFiles([...(event.clipboardData?.files ?? [])]);

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
  }, []);

  return { takeFiles, dragging };
}
