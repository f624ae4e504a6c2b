// Prints how well a served model finds the shapes of a series of scenes that it was not trained on, at the thresholds
// of its manifest.
import { parseArgs } from 'node:util';
import { askServer } from './ask-server.ts';
import { evaluateScenes } from './evaluate-scenes.ts';

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8080' },
    model: { type: 'string', default: 'demo-yolo' },
    seed: { type: 'string', default: '1000' },
    count: { type: 'string', default: '200' },
  },
});

const [seed, count] = [Number(values.seed), Number(values.count)];
const detect = askServer(values.url, values.model);
const { classes, meanAveragePrecision } = await evaluateScenes({ seed, count, detect });
console.log(`${values.model}: ${count} scenes of seed ${seed}`);
for (const { label, truths, averagePrecision } of classes) {
  console.log(
    `  ${label.padEnd(9)} ${String(truths).padStart(4)} objects   AP@0.5 ${averagePrecision.toFixed(4)}`,
  );
}
console.log(`  mAP@0.5 ${meanAveragePrecision.toFixed(4)}`);
