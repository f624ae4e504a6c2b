/**
 * A folder that holds weights and no `model.yaml`. Exports of YOLO say in the file itself what a manifest would say,
 * so they are served as they are; everything else gets a sentence about what to do. Loads no model.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestSchema, modelNameSchema } from '@shoal/shared/contract';
import type { Manifest } from '@shoal/shared/contract';
import { readOnnxMetadata } from '../inference/onnx-metadata.ts';
import { ModelFolderError } from './model-folder-error.ts';

/** What `adapter:` may name in this house, for messages alone: which families exist is decided by the worker apps. */
const families = '"yolo" (YOLOv5, Ultralytics YOLOv8 and later) or "detectron" (Detectron2)';

/** The manifest that the folder's only ONNX file stands for. Throws `ModelFolderError`. */
export async function describeBareModel(
  dir: string,
  folder: string,
  fileNames: readonly string[],
): Promise<Manifest> {
  const file = chooseOnnxFile(folder, fileNames);
  const metadata = await readMetadata(dir, folder, file);
  if (metadata['names'] === undefined || metadata['stride'] === undefined)
    throw ModelFolderError.of(folder, [
      `${file} does not say which family it is of; write a model.yaml with name: and adapter: ${families}`,
    ]);
  const name = modelNameSchema.safeParse(folder);
  if (!name.success)
    throw ModelFolderError.of(folder, [
      "without a model.yaml the folder's name is the model's, and a model's name begins with a lower-case letter or " +
        'digit and holds only lower-case letters, digits, dot, dash and underscore, at most 64 of them: ' +
        'rename the folder, or write a model.yaml with name:',
    ]);
  return manifestSchema.parse({ name: name.data, adapter: 'yolo', file });
}

async function readMetadata(
  dir: string,
  folder: string,
  file: string,
): Promise<Readonly<Record<string, string>>> {
  try {
    return readOnnxMetadata(await readFile(join(dir, file)));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw ModelFolderError.of(folder, [`${file}: ${reason}`], { cause: error });
  }
}

function chooseOnnxFile(folder: string, fileNames: readonly string[]): string {
  if (fileNames.includes('model.onnx')) return 'model.onnx';
  const [onnx, ...others] = fileNames.filter((name) => name.endsWith('.onnx'));
  if (onnx !== undefined && others.length === 0) return onnx;
  if (onnx !== undefined)
    throw ModelFolderError.of(folder, [
      `found ${[onnx, ...others].join(', ')} and no model.yaml; write one that says file: which of them`,
    ]);

  const weights = fileNames.find((name) => isTorchFile(name));
  if (weights !== undefined) throw ModelFolderError.of(folder, [howToExport(weights)]);
  if (fileNames.length === 0)
    throw ModelFolderError.of(folder, ['the folder is empty; expected a model.yaml and a model.onnx']);
  const misnamed = fileNames.find((name) => /^model\.(yml|json)$|^manifest\.ya?ml$/i.test(name));
  throw ModelFolderError.of(folder, [
    misnamed === undefined
      ? 'expected a model.yaml and a model.onnx, found neither'
      : `expected a model.yaml, found ${misnamed}; rename it`,
  ]);
}

export function isTorchFile(name: string): boolean {
  return name.endsWith('.pt') || name.endsWith('.pth');
}

/** PyTorch weights are code and data for a program that is not here; the tools that made them export them. */
export function howToExport(weights: string): string {
  const start = `${weights} holds PyTorch weights, and models are served as ONNX; export it with`;
  if (weights.endsWith('.pth'))
    return (
      `${start} Detectron2's tools/deploy/export_model.py --config-file CONFIG.yaml --format onnx ` +
      `--export-method tracing --sample-image IMAGE.jpg --output . MODEL.WEIGHTS ${weights}`
    );
  return (
    `${start} "python export.py --weights ${weights} --include onnx" (YOLOv5) or ` +
    `"yolo export model=${weights} format=onnx" (Ultralytics)`
  );
}
