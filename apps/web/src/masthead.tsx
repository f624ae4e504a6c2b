/** The top of the page: its name, and what has to do with keys. */
interface MastheadProps {
  readonly isKeyAsked: boolean;
  readonly hasKey: boolean;
  readonly onEnterKey: () => void;
  readonly onForgetKey: () => void;
}

export function Masthead({ isKeyAsked, hasKey, onEnterKey, onForgetKey }: MastheadProps) {
  return (
    <header class="masthead">
      <img class="mark" src="./favicon.svg" alt="" width="32" height="32" />
      <h1>Shoal</h1>
      <p>See what a model finds in a picture.</p>
      <nav class="masthead-end" aria-label="More">
        {isKeyAsked && (
          <button type="button" class="button button-small" onClick={onEnterKey}>
            Enter a key
          </button>
        )}
        {hasKey && (
          <button type="button" class="button button-small" onClick={onForgetKey}>
            Forget my key
          </button>
        )}
        <a href="./docs">API</a>
      </nav>
    </header>
  );
}
