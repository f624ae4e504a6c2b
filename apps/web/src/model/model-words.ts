/** The state of a model in words, and which model to begin with. */
import type { LiveModel, ModelState } from '../api/wire.ts';

const STATE_WORDS = {
  ready: 'ready',
  loading: 'starting',
  failed: 'failed',
  away: 'away',
} satisfies Record<ModelState, string>;

/** What the list shows: a model that is not ready says so. */
export function optionWords(model: LiveModel): string {
  return model.state === 'ready' ? model.title : `${model.title} (${STATE_WORDS[model.state]})`;
}

/** One line about a model: its state, who serves it and how long the queue is. */
export function stateWords(model: LiveModel): string {
  const { waiting } = model.queue;
  const queue = waiting === 0 ? 'nobody waiting' : `${waiting} waiting`;
  switch (model.state) {
    case 'ready':
      return `Ready, ${model.workerCount} ${model.workerCount === 1 ? 'worker' : 'workers'}, ${queue}`;
    case 'loading':
      return `Starting, ${queue}: an answer may take a little longer`;
    case 'failed':
      return `Failed to start${model.reason === undefined ? '' : `: ${model.reason}`}`;
    case 'away':
      return `No worker is serving it right now, ${queue}`;
    default:
      return model.state satisfies never;
  }
}

/** Keeps the name that is chosen while it exists; else the first that is ready; else the first. */
export function keepOrChoose(models: readonly LiveModel[], chosen: string | undefined): string | undefined {
  if (models.some((model) => model.name === chosen)) return chosen;
  return (models.find((model) => model.state === 'ready') ?? models[0])?.name;
}
