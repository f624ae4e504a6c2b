/** An address under which the browser shows a file that never left this computer; freed with the file. */
import { useEffect, useMemo } from 'preact/hooks';

/** Never that of the file before, not even for the moment of a change: what is shown would be taken for broken. */
export function useObjectUrl(file: File | undefined): string | undefined {
  const url = useMemo(() => (file === undefined ? undefined : URL.createObjectURL(file)), [file]);
  useEffect(
    () => () => {
      if (url !== undefined) URL.revokeObjectURL(url);
    },
    [url],
  );
  return url;
}
