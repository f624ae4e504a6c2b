/** The file input, as large as the zone around it, so that a click, a key and a drop all reach the real input. */
import { fileSizeWords } from './file-size-words.ts';

interface FilePickerProps {
  readonly file: File | undefined;
  readonly notice: string | undefined;
  readonly onFiles: (files: readonly File[]) => void;
}

export function FilePicker({ file, notice, onFiles }: FilePickerProps) {
  return (
    <div class="field">
      <label for="file">Image or video</label>
      <div class="drop-zone">
        <input
          id="file"
          type="file"
          accept="image/*"
          aria-describedby="file-hint"
          onChange={(event) => {
            const input = event.currentTarget;
            onFiles([...(input.files ?? [])]);
            // Choosing the same file again, changed on disk since, must count as a choice.
            input.value = '';
          }}
        />
        <p class="drop-zone-words" id="file-hint">
          {file === undefined ? (
            <>
              <strong>Choose</strong>, drop or paste a picture
            </>
          ) : (
            <>
              <strong>{file.name}</strong> <span class="quiet">{fileSizeWords(file.size)}</span>
            </>
          )}
        </p>
      </div>
      {notice !== undefined && (
        <p class="notice" role="alert">
          {notice}
        </p>
      )}
    </div>
  );
}
