/** The classes that were found, with their numbers: each can be hidden, in the list and in the picture alike. */
import type { Look } from './use-look.ts';
import { labelColor } from './label-color.ts';

export function ClassChips({ look }: { readonly look: Look }) {
  const { classes, hiddenLabels, toggleLabel, showAllLabels } = look;
  if (classes.length === 0) return null;
  const someHidden = classes.some(([label]) => hiddenLabels.has(label));
  return (
    <ul class="chips" role="list" aria-label="Classes">
      {classes.map(([label, count]) => (
        <li key={label}>
          <button
            type="button"
            class="chip"
            aria-pressed={!hiddenLabels.has(label)}
            title={hiddenLabels.has(label) ? `Show ${label}` : `Hide ${label}`}
            onClick={() => toggleLabel(label)}
          >
            <span class="swatch" style={{ background: labelColor(label) }} />
            <span class="chip-name">{label}</span> <span class="chip-count">{count}</span>
          </button>
        </li>
      ))}
      {someHidden && (
        <li>
          <button type="button" class="chip chip-plain" onClick={showAllLabels}>
            Show all
          </button>
        </li>
      )}
    </ul>
  );
}
