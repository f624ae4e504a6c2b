/** The list of live models, and one line about the chosen one. Models that are not ready can be chosen, and say so. */
import type { LiveModel } from '../api/wire.ts';
import type { PageState } from '../page-state.ts';
import { optionWords, stateWords } from './model-words.ts';

interface ModelChooserProps {
  readonly models: readonly LiveModel[];
  readonly listState: PageState['modelList'];
  readonly chosen: LiveModel | undefined;
  readonly onChoose: (name: string) => void;
}

export function ModelChooser({ models, listState, chosen, onChoose }: ModelChooserProps) {
  const dot = listState === 'lost' || listState === 'closed' ? 'away' : (chosen?.state ?? 'away');
  return (
    <div class="field">
      <label for="model">Model</label>
      <select
        id="model"
        value={chosen?.name ?? ''}
        disabled={models.length === 0}
        aria-describedby="model-state"
        onChange={(event) => onChoose(event.currentTarget.value)}
      >
        {models.length === 0 && <option value="">{emptyWords(listState)}</option>}
        {models.map((model) => (
          <option key={model.name} value={model.name}>
            {optionWords(model)}
          </option>
        ))}
      </select>
      <p class="hint" id="model-state">
        {chosen !== undefined && <span class={`dot dot-${dot}`} aria-hidden="true" />}
        {hintWords(listState, chosen)}
      </p>
    </div>
  );
}

function emptyWords(listState: PageState['modelList']): string {
  if (listState === 'closed') return 'Needs a key';
  return listState === 'live' ? 'No model is running' : 'Looking for models…';
}

function hintWords(listState: PageState['modelList'], chosen: LiveModel | undefined): string {
  if (listState === 'lost') return 'The server cannot be reached; asking again every few seconds.';
  if (listState === 'closed') return 'The server tells which models there are to those who have a key.';
  if (chosen !== undefined) return stateWords(chosen);
  return listState === 'live' ? 'Start a worker and it appears here by itself.' : '';
}
