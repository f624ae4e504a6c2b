/** Models for tests: a manifest from the few fields that matter, and files that live as long as the test process. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manifestSchema } from '@shoal/shared/contract';
import type { Manifest } from '@shoal/shared/contract';
import { writeOnnxFile } from './onnx-file.ts';
import type { OnnxGraph } from './onnx-file.ts';

/** What `model.yaml` would say, defaults filled in. */
export function testManifest(fields: Readonly<Record<string, unknown>> = {}): Manifest {
  return manifestSchema.parse({ name: 'test', adapter: 'test', ...fields });
}

let directory: string | undefined;
let count = 0;

/** The path of a file with this graph, gone when the process ends. */
export function testModelPath(graph: OnnxGraph): string {
  return testFilePath(writeOnnxFile(graph));
}

/** The path of a model file with these bytes, whatever they are. */
export function testFilePath(bytes: Uint8Array): string {
  if (directory === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'shoal-test-models-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    directory = made;
  }
  count += 1;
  const path = join(directory, `model-${count}.onnx`);
  writeFileSync(path, bytes);
  return path;
}
