/** `node bench/trace.ts`: where the time of one request goes, step by step, on a running stack. `--help` tells the options. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { repository } from '../tests/support/service-process.ts';
import { printBudget } from './trace/print-budget.ts';
import { runTrace } from './trace/run-trace.ts';

const usage = `node bench/trace.ts [OPTIONS]

Starts a stack of its own (Redis as npm start has it, a gateway, a worker), sends it pictures as bare bodies, and prints the
budget of one request by step. What the services do is recorded from outside of their code.

  --model NAME       a folder in --models-dir
  --models-dir DIR
  --picture FILE
  --count N          pictures that count (300)
  --warm-up N        pictures before them (200)
  --concurrency N    pictures at a time (1)
  --bare             records nothing: what recording costs is the difference
  --json             prints the report as one JSON object`;

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    'models-dir': { type: 'string' },
    picture: { type: 'string' },
    count: { type: 'string', default: '300' },
    'warm-up': { type: 'string', default: '200' },
    concurrency: { type: 'string', default: '1' },
    bare: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(usage);
  process.exit(0);
}

/** Real weights and photographs lie beside the checkout or nowhere; without them the demo model stands in. */
const shared = path.join(repository, '../shared');
const hasShared = values.model === undefined && existsSync(path.join(shared, 'models/yolov5n-coco'));
const modelsDir = values['models-dir'] ?? (hasShared ? path.join(shared, 'models') : 'models');
const usualPicture = hasShared
  ? path.join(shared, 'images/coco/zidane.jpg')
  : 'examples/scene_2033_0_640x512.jpg';

const report = await runTrace({
  model: values.model ?? (hasShared ? 'yolov5n-coco' : 'demo-yolo'),
  modelsDir: path.resolve(repository, modelsDir),
  picture: path.resolve(repository, values.picture ?? usualPicture),
  count: Number(values.count),
  concurrency: Number(values.concurrency),
  warmUp: Number(values['warm-up']),
  isBare: values.bare,
});
console.log(values.json ? JSON.stringify(report) : printBudget(report));
process.exit(0);
