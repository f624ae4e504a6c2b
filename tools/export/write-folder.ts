/**
 * What stands beside an exported file: the manifest, from what the checkpoint says of itself or from a folder that is taken as the
 * pattern, and the names of the classes. It exports nothing and moves nothing into place.
 */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument, stringify } from 'yaml';
import type { Manifest } from '../../packages/shared/src/contract/index.ts';
import { parseManifest } from '../../packages/worker-runtime/src/model-folder/parse-manifest.ts';

const labelsFile = 'labels.txt';

/** As export.py prints them. */
export interface CheckpointFacts {
  readonly adapter: 'yolo' | 'detectron';
  readonly format: string;
  readonly classes: number;
  readonly names: readonly string[];
  readonly stride?: number;
  readonly channels?: 'rgb' | 'bgr';
  readonly shortEdge?: number;
  readonly longEdgeMax?: number;
}

export interface Pattern {
  readonly folder: string;
  readonly text: string;
  readonly manifest: Manifest;
}

/** Throws an Error with everything that is wrong with the folder's model.yaml. */
export function readPattern(folder: string): Pattern {
  const text = readFileSync(join(folder, 'model.yaml'), 'utf8');
  const parsed = parseManifest(text);
  if ('problems' in parsed) throw new Error(`${folder}/model.yaml: ${parsed.problems.join('; ')}`);
  return { folder, text, manifest: parsed.manifest };
}

/** The pattern's manifest and labels, or the checkpoint's where it has none; what was exported has the last word on the order of colours. */
export function writeLike(pattern: Pattern, facts: CheckpointFacts, sha256: string, made: string): void {
  const { adapter, labels } = pattern.manifest;
  if (adapter !== facts.adapter)
    throw new Error(`${pattern.folder} is of the family ${adapter}, and the checkpoint of ${facts.adapter}`);
  const document = parseDocument(pattern.text);
  document.set('file', 'model.onnx');
  document.set('sha256', sha256);
  if (facts.channels === 'rgb') document.setIn(['input', 'channels'], 'rgb');
  if (labels === undefined && facts.names.length > 0) {
    document.set('labels', labelsFile);
    writeLabels(facts.names, made);
  }
  writeFileSync(join(made, 'model.yaml'), document.toString({ lineWidth: 0 }));
  if (typeof labels === 'string') copyFileSync(join(pattern.folder, labels), join(made, labels));
}

export interface Words {
  readonly name: string;
  readonly license: string | undefined;
  /** Names of the classes; else the checkpoint's. */
  readonly labels: readonly string[] | undefined;
}

export function writeNew(words: Words, facts: CheckpointFacts, sha256: string, made: string): void {
  const labels = words.labels ?? facts.names;
  const text = stringify({
    name: words.name,
    adapter: facts.adapter,
    sha256,
    ...(words.license !== undefined && { license: words.license }),
    ...(labels.length > 0 && { labels: labelsFile }),
    input: inputOf(facts),
  });
  const parsed = parseManifest(text);
  if ('problems' in parsed) throw new Error(parsed.problems.join('; '));
  writeFileSync(join(made, 'model.yaml'), text);
  if (labels.length > 0) writeLabels(labels, made);
}

function writeLabels(labels: readonly string[], made: string): void {
  writeFileSync(join(made, labelsFile), `${labels.join('\n')}\n`);
}

/** Models of a coarsest stride of 64 are made for pictures of 1280. */
function inputOf({ adapter, stride = 32, channels, shortEdge, longEdgeMax }: CheckpointFacts): object {
  if (adapter === 'detectron')
    return { fit: 'shortest-edge', shortEdge, longEdgeMax, ...(channels === 'rgb' && { channels }) };
  const side = stride > 32 ? 1280 : 640;
  return { fit: 'letterbox', width: side, height: side, stride };
}

/** How many of the pattern's labels are others in the checkpoint, by upper and lower case alike. */
export function countOtherNames(labels: readonly string[], { names }: CheckpointFacts): number {
  return labels.filter((label, index) => {
    const name = names[index];
    // A checkpoint whose classes are only numbered has no opinion.
    return (
      name !== undefined &&
      !/^(?:class_|class|name)?\s*\d+$/i.test(name) &&
      name.toLowerCase() !== label.toLowerCase()
    );
  }).length;
}
