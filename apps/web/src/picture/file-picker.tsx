/**
 * The file inputs. The first is as large as the zone around it, so that a click, a key and a drop all reach the real
 * input; the second takes a folder, which browsers keep apart.
 */
interface FilePickerProps {
  /** There are pictures already: it says less. */
  readonly compact: boolean;
  readonly onFiles: (files: readonly File[]) => void;
}

export function FilePicker({ compact, onFiles }: FilePickerProps) {
  const take = (input: HTMLInputElement): void => {
    onFiles([...(input.files ?? [])]);
    // Choosing the same file again, changed on disk since, must count as a choice.
    input.value = '';
  };
  return (
    <div class={compact ? 'picker picker-compact' : 'picker'}>
      <div class="drop-zone">
        <input
          id="file"
          type="file"
          accept="image/*,video/*"
          multiple
          aria-describedby="file-hint"
          onChange={(event) => take(event.currentTarget)}
        />
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <path d="M10 13V4m0 0L6.500 7.500M10 4l3.500 3.500M3.500 13v2.500h13V13" />
        </svg>
        <label for="file">Image or video</label>
        <span class="quiet" id="file-hint">
          choose<span class="for-pointers">, drop or paste</span>
        </span>
      </div>
      <label class="button picker-folder">
        <input
          type="file"
          class="unseen"
          ref={(input) => {
            // Not among the attributes that the page's types know.
            input?.setAttribute('webkitdirectory', '');
          }}
          multiple
          onChange={(event) => take(event.currentTarget)}
        />
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <path d="M2.500 5.500a1 1 0 0 1 1-1h4l2 2.200h7a1 1 0 0 1 1 1v7.300a1 1 0 0 1-1 1h-13a1 1 0 0 1-1-1z" />
        </svg>
        Folder
      </label>
    </div>
  );
}
