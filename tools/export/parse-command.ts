/** The words of `npm run export-model`. */
import { parseArgs } from 'node:util';

export interface ExportCommand {
  readonly weights: string;
  /** The model folder that is made. */
  readonly to: string;
  readonly name: string | undefined;
  /** Detectron2's configuration. */
  readonly config: string | undefined;
  /** A folder whose model.yaml and labels the new one gets. */
  readonly like: string | undefined;
  /** A file of class names, one a line. */
  readonly labels: string | undefined;
  readonly license: string | undefined;
  /** A Python that has what requirements.txt names. */
  readonly python: string | undefined;
  readonly isForced: boolean;
  readonly isChecked: boolean;
}

export const usage = `npm run export-model -- WEIGHTS --to FOLDER [options]

WEIGHTS is a checkpoint of YOLOv5, YOLOv8, YOLO11 (.pt) or of Detectron2's RetinaNet (.pth, .pkl).
FOLDER is the model folder that is made, as models/reef.

  --config FILE    Detectron2's configuration of the checkpoint
  --name NAME      the model's name (default: the folder's)
  --labels FILE    class names, one a line, where the checkpoint has none
  --like FOLDER    take model.yaml and labels from this folder, as zoo/yolov5n
  --license TEXT   goes into model.yaml
  --python FILE    a Python that has what tools/export/requirements.txt names
  --force          replace a folder that is there
  --no-check       leave out "models check" at the end

npm run export-model -- --prepare    makes the Python environment alone`;

/** Throws an Error with a sentence for what cannot be understood. */
export function parseCommand(argv: readonly string[]): ExportCommand | 'help' | 'prepare' {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    allowNegative: true,
    options: {
      to: text,
      name: text,
      config: text,
      like: text,
      labels: text,
      license: text,
      python: text,
      force: flag,
      check: flag,
      prepare: flag,
      help: { ...flag, short: 'h' },
    },
  });
  if (values.help === true) return 'help';
  if (values.prepare === true && positionals.length === 0) return 'prepare';
  const [weights, ...more] = positionals;
  if (weights === undefined || more.length > 0)
    throw new Error(`expected one checkpoint, came ${positionals.length}`);
  if (values.to === undefined) throw new Error('--to: expected the folder that is made, came nothing');
  if (values.like !== undefined && (values.labels ?? values.license) !== undefined)
    throw new Error('--like brings labels and licence with it; leave out --labels and --license');
  return {
    weights,
    to: values.to,
    name: values.name,
    config: values.config,
    like: values.like,
    labels: values.labels,
    license: values.license,
    python: values.python,
    isForced: values.force ?? false,
    isChecked: values.check ?? true,
  };
}
