/** `shoal models`: which models a server has, and how each of them is. A model that cannot be used now is told, and is no failure. */
import type { ModelStatus } from '@shoal/client';
import { asking, connect, questionBudgetMs } from '../ask-server.ts';
import { alignColumns, paintFor, printJson, say, type Paint } from '../terminal.ts';
import type { ModelsWords } from './models.ts';

export async function listModels(words: ModelsWords): Promise<void> {
  const client = await connect(words);
  const models = await asking(words.url, () => client.models({ budgetMs: questionBudgetMs }));
  if (words.json === true) printJson({ models });
  else if (models.length === 0) say(`${words.url} has no model yet`);
  else console.log(describeModels(models, paintFor(process.stdout)));
}

const colours = { ready: 'green', loading: 'yellow', away: 'yellow', failed: 'red' } as const;

export function describeModels(models: readonly ModelStatus[], paint: Paint): string {
  const rows = models.map((model) => [
    paint('bold', model.name),
    model.title,
    paint(colours[model.state], model.state),
    describeWorkers(model),
    String(model.queue.waiting + model.queue.active),
    String(model.labels.length),
    model.version,
  ]);
  const titles = ['name', 'title', 'state', 'workers', 'queue', 'classes', 'version'];
  const reasons = models.flatMap(({ name, reason }) => (reason === undefined ? [] : [`${name}: ${reason}`]));
  return [alignColumns([titles.map((title) => paint('dim', title)), ...rows]), ...reasons].join('\n');
}

/** "2 on cpu, 1 on cuda:0". */
function describeWorkers({ workers }: ModelStatus): string {
  const devices = new Map<string, number>();
  for (const { device } of workers) devices.set(device, (devices.get(device) ?? 0) + 1);
  if (devices.size === 0) return 'none';
  return [...devices].map(([device, count]) => `${count} on ${device}`).join(', ');
}
