/** What stands in the place of the picture before there is one. */
import type { ComponentChildren } from 'preact';

export function EmptyStage({ children }: { readonly children?: ComponentChildren }) {
  return (
    <div class="stage-empty">
      <svg viewBox="0 0 120 84" aria-hidden="true">
        <path
          class="empty-fish"
          d="M26 42c14-18 38-18 52 0 5-6 10-9 16-10-3 6-3 14 0 20-6-1-11-4-16-10-14 18-38 18-52 0z"
        />
        <path class="empty-corners" d="M10 26V14h14M96 14h14v12M110 58v12H96M24 70H10V58" />
      </svg>
      <p>The picture appears here, with a box around everything that is found in it.</p>
      {children}
    </div>
  );
}
