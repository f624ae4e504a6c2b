/** Asks for an API key when the server does. Closing it without one leaves the page as it is; the masthead opens it again. */
import { useEffect, useRef } from 'preact/hooks';
import type { PageState } from '../page-state.ts';
import type { KeyActions } from './use-key.ts';

interface KeyDialogProps {
  readonly refusal: PageState['keyRefusal'];
  readonly open: boolean;
  readonly onGive: KeyActions['give'];
  readonly onClose: () => void;
}

export function KeyDialog({ refusal, open, onGive, onClose }: KeyDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);

  return (
    <dialog ref={dialog} class="card key-dialog" aria-labelledby="key-title" onClose={onClose}>
      {/* Made anew each time, so that no key stays in a field that nobody sees. */}
      {open && (
        <form
          class="controls"
          onSubmit={(event) => {
            event.preventDefault();
            const fields = new FormData(event.currentTarget);
            const key = fields.get('key');
            if (typeof key !== 'string' || key.trim() === '') return;
            onGive(key.trim(), fields.has('remember') ? 'computer' : 'tab');
          }}
        >
          <h2 id="key-title">This server asks for a key</h2>
          {refusal === 'wrong' && (
            <p class="notice notice-bad" role="alert">
              The key was not accepted. It may have been revoked.
            </p>
          )}
          <div class="field">
            <label for="api-key">API key</label>
            {/* Not `required`: its own words would come in the browser's language, beside ours. */}
            <input id="api-key" name="key" type="password" autocomplete="off" spellcheck={false} autofocus />
            <p class="hint">Whoever runs this server hands them out. They begin with “shoal_”.</p>
          </div>
          <label class="check">
            <input type="checkbox" name="remember" /> Remember it on this computer
          </label>
          <div class="run-buttons">
            <button type="submit" class="button button-main">
              Use this key
            </button>
            <button type="button" class="button" onClick={() => dialog.current?.close()}>
              Not now
            </button>
          </div>
        </form>
      )}
    </dialog>
  );
}
