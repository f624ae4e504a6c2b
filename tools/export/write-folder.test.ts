import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readModelFolder } from '../../packages/worker-runtime/src/model-folder/index.ts';
import { countOtherNames, readPattern, writeLike, writeNew, type CheckpointFacts } from './write-folder.ts';

const sha256 = '6dd0b8a7a0a3a5b0a4f4f3ce5ffa1e9f9ac4e18a1e1f5c6ef1d8d3e8d0a5f0b1';
const zoo = path.join(import.meta.dirname, '../../zoo');

const yolo: CheckpointFacts = {
  adapter: 'yolo',
  format: 'yolov5',
  classes: 2,
  names: ['crab', 'fish'],
  stride: 64,
};
const detectron: CheckpointFacts = {
  adapter: 'detectron',
  format: 'detectron2',
  classes: 80,
  names: [],
  channels: 'rgb',
  shortEdge: 800,
  longEdgeMax: 1333,
};

let made: string;
beforeEach(() => {
  made = mkdtempSync(path.join(tmpdir(), 'shoal-made-'));
  writeFileSync(path.join(made, 'model.onnx'), 'x');
});
afterEach(() => rmSync(made, { recursive: true }));

const written = (name: string): string => readFileSync(path.join(made, name), 'utf8');

describe('a folder around an exported file', () => {
  test('has a manifest that says what the checkpoint knows of itself', async () => {
    writeNew({ name: 'reef', license: 'MIT', labels: undefined }, yolo, '2'.repeat(64), made);
    // Digits alone are a digest as well, and no number.
    await expect(readModelFolder(made)).rejects.toThrow('sha256: expected 2222');
    const manifest = written('model.yaml').replace(/^sha256.*\n/m, '');
    writeFileSync(path.join(made, 'model.yaml'), manifest);
    expect((await readModelFolder(made)).manifest).toMatchObject({
      name: 'reef',
      adapter: 'yolo',
      license: 'MIT',
      labels: ['crab', 'fish'],
      input: { fit: 'letterbox', width: 1280, height: 1280, stride: 64 },
    });
  });

  test('of Detectron2 has the sizes of its configuration, and names only if somebody gave them', () => {
    writeNew({ name: 'reef', license: undefined, labels: undefined }, detectron, sha256, made);
    expect(readPattern(made).manifest).toMatchObject({
      input: { fit: 'shortest-edge', shortEdge: 800, longEdgeMax: 1333, channels: 'rgb' },
    });
    expect(readPattern(made).manifest.labels).toBeUndefined();
  });

  test('that is like one of the zoo keeps its words, its comments and its labels', () => {
    const pattern = readPattern(path.join(zoo, 'mbari-benthic-supercategory'));
    writeLike(pattern, detectron, sha256, made);
    expect(readPattern(made).manifest).toEqual({
      ...pattern.manifest,
      sha256,
      input: { ...pattern.manifest.input, channels: 'rgb' },
    });
    expect(written('model.yaml')).toMatch(/^# The head is 80 wide/);
    expect(written('labels.txt')).toMatch(/^Anemone\nFish\n/);
  });

  test('that is like one without labels has the names of the checkpoint', () => {
    const pattern = readPattern(path.join(zoo, 'mbari-mb-benthic'));
    writeLike(pattern, yolo, sha256, made);
    expect(readPattern(made).manifest).toEqual({ ...pattern.manifest, sha256, labels: 'labels.txt' });
    expect(written('labels.txt')).toBe('crab\nfish\n');
  });

  test('is not made like one of another family', () => {
    expect(() => writeLike(readPattern(path.join(zoo, 'yolov5n')), detectron, sha256, made)).toThrow(
      'is of the family yolo, and the checkpoint of detectron',
    );
  });

  test('has labels that the checkpoint contradicts only where it has names of its own', () => {
    expect(countOtherNames(['Crab', 'eel'], yolo)).toBe(1);
    expect(countOtherNames(['Crab', 'eel'], { ...yolo, names: ['class_0', '1'] })).toBe(0);
    expect(countOtherNames(['Crab', 'eel'], detectron)).toBe(0);
  });
});
