/** A report of a check in words, for whoever made the folder. It decides nothing: whether a folder is good stands in the report. */
import type { FixedOption } from '@shoal/shared/contract';
import type { ResizePlan } from '@shoal/vision';
import { formatTensorInfo } from '../adapter.ts';
import { ModelFolderError } from '../model-folder/index.ts';
import type { CheckReport, FileFindings, PlanFindings, RunFindings } from './check-report.ts';

type Row = readonly [name: string, value: string];

const listedMax = 20;
const shownCharactersMax = 100;

/** Lines, the last one without an end. */
export function renderReport(report: CheckReport): string {
  const { folder, isServable, problems, notes, file, manifest, plan, run } = report;
  const parts = [`${folder}: ${isServable ? 'can be served' : 'cannot be served'}`];
  if (problems.length > 0) parts.push(ModelFolderError.of(folder, problems).message);
  if (file !== undefined) parts.push(section('What the file says', rowsOfFile(file)));
  if (manifest !== undefined) parts.push(section('What the manifest says', rowsOfManifest(manifest)));
  else if (isServable) parts.push('There is no model.yaml: the file says all that is needed.');
  if (plan !== undefined) parts.push(section('How it is served', rowsOfPlan(plan)));
  if (run !== undefined) parts.push(section('A run on the CPU', rowsOfRun(run, plan)));
  if (notes.length > 0) parts.push(['Notes', ...notes.map((note) => `  - ${note}`)].join('\n'));
  return parts.join('\n\n');
}

function section(title: string, rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return [title, ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)].join('\n');
}

function rowsOfFile({ name, bytes, sha256, producer, inputs, outputs, metadata }: FileFindings): Row[] {
  return [
    ['file', `${name}, ${(bytes / 1e6).toFixed(1)} MB`],
    ...(sha256 === undefined ? [] : [['sha256', sha256] as const]),
    ...(producer === undefined ? [] : [['written by', producer] as const]),
    ...inputs.map((input) => ['input', formatTensorInfo(input)] as const),
    ...outputs.map((output) => ['output', formatTensorInfo(output)] as const),
    ...Object.entries(metadata).map(([key, value]) => [key, shorten(value)] as const),
  ];
}

function rowsOfManifest({ labels, input, defaults, ...rest }: NonNullable<CheckReport['manifest']>): Row[] {
  return [
    ...Object.entries(rest)
      .filter(([, value]) => !(Array.isArray(value) && value.length === 0))
      .map(([field, value]) => [field, shorten(inWords(value))] as const),
    ...(labels === undefined ? [] : [['labels', namesInWords(labels)] as const]),
    ...Object.entries(input).map(([field, value]) => [`input.${field}`, inWords(value)] as const),
    ['defaults', inWords(defaults)],
  ];
}

function rowsOfPlan(plan: PlanFindings): Row[] {
  const { family, version, resize, channels, labels, classCount, fixedOptions } = plan;
  return [
    ['family', family],
    ['version', version],
    ['size', sizeInWords(resize)],
    ['channels', channels],
    ['batch', batchInWords(plan)],
    ['classes', `${classCount ?? 'the file does not say how many'}; ${namesInWords(labels)}`],
    ...(fixedOptions.length === 0 ? [] : [['fixed', fixedInWords(fixedOptions)] as const]),
  ];
}

function rowsOfRun(
  { image, width, height, timings, detections, drawnTo }: RunFindings,
  plan?: PlanFindings,
): Row[] {
  const { decodeMs, inferMs, unpackMs } = timings;
  const rest = detections.length - listedMax;
  return [
    ['picture', `${image ?? 'the built-in scene'}, ${width}x${height}`],
    ['time', `decoding ${ms(decodeMs)}, inference ${ms(inferMs)}, unpacking ${ms(unpackMs)}`],
    ['found', foundInWords(detections.length, image, plan)],
    ...detections.slice(0, listedMax).map(({ label, score, box }) => {
      const corners = [box.x1, box.y1, box.x2, box.y2].map((value) => value.toFixed(1));
      return ['', `${score.toFixed(3)}  ${label}  ${corners.join(', ')}`] as const;
    }),
    ...(rest > 0 ? [['', `and ${rest} more`] as const] : []),
    ...(drawnTo === undefined ? [] : [['drawn', drawnTo] as const]),
  ];
}

function foundInWords(count: number, image: string | undefined, plan: PlanFindings | undefined): string {
  if (count > 0) return `${count} (score, class, x1, y1, x2, y2)`;
  const score = plan === undefined ? '' : ` with a score of ${plan.defaults.minScore} or more`;
  const hint = image === undefined ? '; only demo models know its shapes, so try a picture of your own' : '';
  return `nothing${score}${hint}`;
}

function sizeInWords(resize: ResizePlan): string {
  switch (resize.fit) {
    case 'letterbox':
    case 'letterbox-min': {
      const sizes = resize.sizes.map(({ width, height, aboveHeight }) => {
        const condition = aboveHeight === undefined ? '' : ` for pictures higher than ${aboveHeight}`;
        return `${width}x${height}${condition}`;
      });
      const how =
        resize.fit === 'letterbox'
          ? 'scaled into it, centred and padded'
          : `scaled into it, padded to the next multiple of ${resize.stride}`;
      return `${sizes.join(', else ')}; ${how}`;
    }
    case 'shortest-edge': {
      const scales = resize.scales.map(
        (scale) => `${scale.shortEdge} (the longer one at most ${scale.longEdgeMax})`,
      );
      const merged = scales.length > 1 ? ', whose detections are merged' : '';
      return `the shorter side scaled to ${scales.join(' and to ')}${merged}`;
    }
    case 'inside':
    default:
      return `${resize.width}x${resize.height}; scaled into it, padded at the right and at the bottom`;
  }
}

function batchInWords({ maxBatch, comparedBatch }: PlanFindings): string {
  const most = maxBatch === 1 ? 'one picture in a run' : `at most ${maxBatch} pictures in a run`;
  return comparedBatch === 1
    ? most
    : `${most}; ${comparedBatch} together were seen to give what each gives alone`;
}

const fixedWords: Readonly<Record<FixedOption, string>> = {
  iou: 'iou has no effect',
  classAgnostic: 'classAgnostic has no effect',
  minScore: 'minScore can only be stricter than the floor inside',
  maxDetections: 'maxDetections can only be stricter than the limit inside',
};

function fixedInWords(fixedOptions: readonly FixedOption[]): string {
  return `by the graph: ${fixedOptions.map((option) => fixedWords[option]).join('; ')}`;
}

function namesInWords(labels: readonly string[]): string {
  return labels.length === 0 ? 'no labels' : shorten(`${labels.length} labels: ${labels.join(', ')}`);
}

function inWords(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(inWords).join('; ');
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return Object.entries(value)
    .map(([field, inner]) => `${field} ${inWords(inner)}`)
    .join(', ');
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > shownCharactersMax ? `${line.slice(0, shownCharactersMax)}…` : line;
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
