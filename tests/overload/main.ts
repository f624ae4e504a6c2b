/**
 * `npm run overload`: measures what a stack of its own can serve, offers it twice as much for a minute, and prints what
 * became of it. Status 0 only if every promise was kept.
 *   npm run overload -- --seconds 60 --times 2 --deadline 5000 --model demo-yolo --picture FILE --seed 1 --json
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { SeededRandom } from '../../tools/demo-models/random.ts';
import { judgeOverload } from './judge-overload.ts';
import { runOverload } from './run-overload.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    times: { type: 'string', default: '2' },
    deadline: { type: 'string', default: '5000' },
    model: { type: 'string', default: 'demo-yolo' },
    picture: { type: 'string', default: 'examples/scene_2033_0_640x512.jpg' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});

const random = new SeededRandom(Number(values.seed));
const run = await runOverload({
  model: values.model,
  picture: await readFile(values.picture),
  seconds: Number(values.seconds),
  capacitySeconds: 15,
  deadlineMs: Number(values.deadline),
  times: Number(values.times),
  random: () => random.between(0, 1),
  say: (line) => console.error(line),
});
const { figures, broken } = judgeOverload(run);
if (values.json) {
  console.log(JSON.stringify({ ...Object.fromEntries(figures), broken }));
} else {
  for (const [name, value] of figures) console.log(`${name.padEnd(22)} ${value}`);
  console.log(broken.length === 0 ? 'every promise was kept' : `NOT KEPT:\n  ${broken.join('\n  ')}`);
}
process.exit(broken.length === 0 ? 0 : 1);
