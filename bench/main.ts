/**
 * `npm run bench`: what the stack costs beside the bare inference, measured in one run on one machine. `--help` tells the options.
 */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { repository } from '../tests/support/service-process.ts';
import { drawReport } from './draw-report.ts';
import { printReport } from './print-report.ts';
import { runBench, sections, type BenchOptions, type BenchReport, type Section } from './run-bench.ts';
import { isAboveFloor, targetsOf } from './targets.ts';

const usage = `npm run bench -- [OPTIONS]

Measures the stack beside the ceiling: the same model and pictures in one process with neither HTTP nor Redis.

  --sections LIST      of ${sections.join(',')} (all; with --short all but idle)
  --model NAME         a folder in --models-dir
  --models-dir DIR
  --pictures LIST      files, separated by commas
  --concurrency LIST   callers (1,4,16,64)
  --forms LIST         raw,multipart
  --rounds N           what is printed is the median (3)
  --seconds S          of each measurement (5)
  --short              a minute, to see that nothing is broken: one round, few callers
  --check              status 1 when a ratio is below its floor
  --json               prints the report as one JSON object
  --svg FILE           draws it
  --record             writes it into bench/results/`;

const { values } = parseArgs({
  options: {
    sections: { type: 'string' },
    model: { type: 'string' },
    'models-dir': { type: 'string' },
    pictures: { type: 'string' },
    concurrency: { type: 'string' },
    forms: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    svg: { type: 'string' },
    short: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(usage);
  process.exit(0);
}

/** Real weights and photographs lie beside the checkout or nowhere; without them the demo model stands in. */
function subject(): Pick<BenchOptions, 'model' | 'modelsDir' | 'pictures'> {
  const shared = path.join(repository, '../shared');
  const hasShared = values.model === undefined && existsSync(path.join(shared, 'models/yolov5n-coco'));
  const modelsDir = values['models-dir'] ?? (hasShared ? path.join(shared, 'models') : 'models');
  const given = values.pictures?.split(',');
  const usual = hasShared
    ? ['coco/zidane.jpg', 'coco/bus.jpg', 'benthic/00_01_13_13.png'].map((file) =>
        path.join(shared, 'images', file),
      )
    : ['examples/scene_2033_0_640x512.jpg'];
  return {
    model: values.model ?? (hasShared ? 'yolov5n-coco' : 'demo-yolo'),
    modelsDir: path.resolve(repository, modelsDir),
    pictures: (given ?? usual).map((file) => path.resolve(repository, file)),
  };
}

function options(): BenchOptions {
  const isShort = values.short;
  const { pictures, ...rest } = subject();
  return {
    ...rest,
    pictures: isShort ? pictures.slice(0, 1) : pictures,
    sections:
      (values.sections?.split(',') as Section[] | undefined) ??
      // What an idle machine takes is no ratio.
      sections.filter((section) => !isShort || section !== 'idle'),
    concurrencies: numbers(values.concurrency, isShort ? [16, 64] : [1, 4, 16, 64]),
    forms:
      (values.forms?.split(',') as ('raw' | 'multipart')[] | undefined) ??
      (isShort ? ['raw'] : ['raw', 'multipart']),
    rounds: Number(values.rounds ?? (isShort ? 1 : 3)),
    seconds: Number(values.seconds ?? (isShort ? 3 : 5)),
    warmUpSeconds: isShort ? 6 : 20,
    depths: isShort ? [10, 1_000] : [10, 1_000, 10_000],
    say: (line) => console.error(line),
  };
}

function numbers(list: string | undefined, usual: readonly number[]): readonly number[] {
  return list?.split(',').map(Number) ?? usual;
}

async function record(report: BenchReport): Promise<string> {
  const folder = path.join(repository, 'bench/results');
  await mkdir(folder, { recursive: true });
  const name = `${report.startedAt.slice(0, 10)}-${report.commit.replaceAll(' ', '-')}.json`;
  const file = path.join(folder, name);
  await writeFile(file, `${JSON.stringify(report, rounded, 2)}\n`);
  return path.relative(repository, file);
}

/** Digits beyond these are noise. */
const rounded = (_key: string, value: unknown): unknown =>
  typeof value === 'number' ? Number(value.toPrecision(4)) : value;

const report = await runBench(options());
console.log(values.json ? JSON.stringify(report) : printReport(report));
if (values.svg !== undefined) await writeFile(path.resolve(values.svg), await drawReport(report));
if (values.record) console.error(`recorded in ${await record(report)}`);
const below = targetsOf(report).filter((target) => !isAboveFloor(target));
if (values.check) {
  for (const { name, value, floor } of below) console.error(`${name}: ${value} is beyond its floor ${floor}`);
}
process.exit(values.check && below.length > 0 ? 1 : 0);
