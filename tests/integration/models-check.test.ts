/** `shoal models check` as people type it, on the demo models, on real weights beside the project, and on folders that are broken. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import type { CheckReport } from '../../packages/worker-runtime/src/check/check-report.ts';
import { readModelFolder } from '../../packages/worker-runtime/src/model-folder/index.ts';
import { chooseModels, listFamilies } from '../../scripts/launcher/choose-models.ts';
import { repository } from '../support/service-process.ts';

const models = path.join(repository, 'models');
const beside = path.join(repository, '../shared');
const scene = path.join(repository, 'examples/scene_2033_0_640x512.jpg');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'shoal-check-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function check(...words: string[]): Promise<{ status: number | null; out: string; told: string }> {
  const main = path.join(repository, 'apps/cli/src/main.ts');
  const child = spawn(process.execPath, [main, 'models', 'check', ...words], {
    cwd: folder,
    // A service would refuse to start with this, and a folder has nothing to do with it.
    env: { PATH: process.env['PATH'] ?? '', PORT: 'many' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [out, told] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { status: child.exitCode, out, told };
}

async function report(...words: string[]): Promise<CheckReport & { status: number | null }> {
  const { status, out, told } = await check(...words, '--json', '--no-out');
  expect(told).toBe('');
  return { ...(JSON.parse(out) as CheckReport), status };
}

describe.each([
  ['demo-yolo', 'images float32 [batch, 3, 320, 320]', /2 together were seen to give what each gives alone/],
  ['demo-detectron', 'x.1 float32 [3, 256, 320]', /iou has no effect/],
])('%s', (name, input, finding) => {
  test('can be served, and finds the three shapes of the built-in scene', async () => {
    const { status, out, told } = await check(path.join(models, name));
    expect(told).toBe('');
    expect(status).toBe(0);
    expect(out).toMatch(new RegExp(`^${name}: can be served\n`));
    expect(out).toContain(input);
    expect(out).toMatch(finding);
    for (const shape of ['circle', 'square', 'triangle'])
      expect(out.match(new RegExp(`  [01]\\.\\d{3}  ${shape}  `, 'g'))).toHaveLength(1);

    const drawn = sharp(path.join(folder, `${name}-check.png`));
    expect(await drawn.metadata()).toMatchObject({ format: 'png', width: 640, height: 480 });
  });

  test('says the same to programs', async () => {
    const found = await report(path.join(models, name), '--image', scene);
    expect(found).toMatchObject({
      status: 0,
      isServable: true,
      problems: [],
      manifest: { name },
      plan: { family: name.slice('demo-'.length), labels: ['circle', 'square', 'triangle'] },
      run: { image: scene, width: 640, height: 512 },
    });
    expect(found.run!.detections.length).toBeGreaterThan(0);
  });
});

test('the drawn boxes lie where the things are, in the picture that was given', async () => {
  const found = await report(path.join(models, 'demo-yolo'), '--image', scene);
  await check(path.join(models, 'demo-yolo'), '--image', scene, '--out', 'boxes.png');
  const before = await sharp(scene).raw().toBuffer();
  const after = await sharp(path.join(folder, 'boxes.png')).raw().toBuffer();
  const { width, height, detections } = found.run!;
  const isChanged = (x: number, y: number): boolean => {
    const at = (Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))) * 3;
    return !after.subarray(at, at + 3).equals(before.subarray(at, at + 3));
  };
  for (const { box } of detections) {
    const [x1, y1, x2, y2] = [Math.floor(box.x1), Math.floor(box.y1), Math.ceil(box.x2), Math.ceil(box.y2)];
    const [middleX, middleY] = [Math.round((x1 + x2) / 2), Math.round((y1 + y2) / 2)];
    for (const [x, y] of [
      [x1, middleY],
      [x2 - 1, middleY],
      [middleX, y1],
      [middleX, y2 - 1],
    ] as const)
      expect(isChanged(x, y), `${x}, ${y}`).toBe(true);
  }
  // Most of the picture is still to be seen.
  const same = Array.from(
    { length: width * height },
    (_, at) => !isChanged(at % width, Math.floor(at / width)),
  );
  expect(same.filter(Boolean).length).toBeGreaterThan(0.7 * width * height);
});

const real = ['yolov5n-coco', 'yolov5n-coco-dynamic', 'yolov8n-coco', 'd2-retinanet', 'd2-fasterrcnn'].map(
  (name) => ({
    name,
    dir: path.join(beside, 'models', name),
  }),
);

describe.each(real)('$name beside the project', ({ name, dir }) => {
  test.skipIf(!existsSync(dir))('can be served', async () => {
    const isYolo = name.startsWith('yolo');
    const image = path.join(beside, 'images', isYolo ? 'coco/bus.jpg' : 'shapes/shapes_3_640x512.png');
    const found = await report(dir, '--image', image);
    expect(found).toMatchObject({ status: 0, isServable: true, problems: [], notes: [] });
    expect(found.run!.detections.map(({ label }) => label)).toContain(isYolo ? 'bus' : 'triangle');
    expect(found.plan!.fixedOptions.includes('iou')).toBe(!isYolo);
  });
});

/** A copy of a demo model, with another manifest. */
const broken = (name: string, change: (fields: Record<string, unknown>) => void): string => {
  const dir = path.join(folder, name);
  cpSync(path.join(models, 'demo-yolo'), dir, { recursive: true });
  const fields: Record<string, unknown> = { name, adapter: 'yolo', labels: 'labels.txt' };
  change(fields);
  writeFileSync(path.join(dir, 'model.yaml'), stringify(fields));
  return dir;
};

/** As `npm start` says it. */
const complaint = (dir: string): Promise<string> =>
  readModelFolder(dir).then(
    () => 'none',
    (error: Error) => error.message,
  );

describe('a broken folder', () => {
  test('is told every contradiction of manifest and file at once, in the words of the worker', async () => {
    const dir = broken('contradicting', (fields) => {
      fields['labels'] = ['circle', 'square'];
      fields['input'] = { width: 640, fit: 'shortest-edge' };
    });
    const found = await report(dir);
    expect(found).toMatchObject({ status: 1, isServable: false, file: { name: 'model.onnx' } });
    expect(found.problems).toEqual([
      'input.fit is shortest-edge in the manifest; the family yolo takes letterbox or letterbox-min',
      "input.width is 640 in the manifest, but the file's input is 320 wide",
      "the labels are 2, but the file's output has 8 columns, which is 3 classes (expected are 7 columns for YOLOv5, v6 and v7 or 6 for YOLOv8 and later)",
    ]);
    const { out, status } = await check(dir);
    expect(status).toBe(1);
    expect(out).toMatch(/^contradicting: cannot be served\n\ncontradicting:\n {2}- input\.fit/);
    expect(existsSync(path.join(folder, 'contradicting-check.png'))).toBe(false);
  });

  test('is told in the very sentences of the start', async () => {
    const folders = [
      broken('faulty', (fields) => {
        fields['name'] = 'Faulty';
        fields['widht'] = 3;
        fields['labels'] = 'names.txt';
      }),
      broken('other-weights', (fields) => (fields['sha256'] = 'a'.repeat(64))),
      broken('no-weights', (fields) => (fields['file'] = 'weights.onnx')),
      path.join(folder, 'empty'),
      path.join(folder, 'torch'),
    ];
    mkdirSync(folders[3]!);
    mkdirSync(folders[4]!);
    writeFileSync(path.join(folders[4]!, 'best.pt'), 'PK');
    for (const dir of folders) {
      const { status, out } = await check(dir, '--no-out');
      expect(out).toContain(await complaint(dir));
      expect(status).toBe(1);
    }
  });

  test('is told that its weights broke off', async () => {
    const dir = broken('truncated', () => undefined);
    const weights = path.join(dir, 'model.onnx');
    writeFileSync(weights, readFileSync(weights).subarray(0, 100_000));
    expect((await report(dir)).problems).toEqual([
      'this is not an ONNX file: it ends in the middle of a field, as after a broken download',
    ]);
  });

  test('of a family that nobody serves is told so as the start tells it', async () => {
    const dir = broken('foreign', (fields) => (fields['adapter'] = 'ssd'));
    const { status, out } = await check(dir);
    const { name, manifest } = await readModelFolder(dir);
    const hand = {
      directory: folder,
      folders: new Map([['foreign', { name, adapter: manifest.adapter }]]),
      families: listFamilies(repository),
    };
    let said = '';
    try {
      chooseModels(hand, ['foreign']);
    } catch (error) {
      said = (error as Error).message;
    }
    expect(said).toContain('ssd');
    expect(out).toContain(said);
    expect(status).toBe(1);
  });
});

test('an export without a manifest is checked by what it says itself', async () => {
  const dir = path.join(folder, 'bare');
  mkdirSync(dir);
  copyFileSync(path.join(models, 'demo-yolo/model.onnx'), path.join(dir, 'model.onnx'));
  const found = await report(dir);
  expect(found).toMatchObject({
    status: 0,
    isServable: true,
    plan: { labels: ['circle', 'square', 'triangle'] },
  });
  expect(found.manifest).toBeUndefined();
});

describe('what cannot be asked', () => {
  test.each([
    [['--image', 'nowhere.jpg'], /the picture nowhere\.jpg cannot be read/],
    [['--image', path.join(models, 'demo-yolo/model.yaml')], /the picture cannot be decoded/],
    [['--out', path.join('nowhere', 'boxes.png')], /--out: .*nowhere/],
  ])('%j is refused in words', async (words, sentence) => {
    const { status, out, told } = await check(path.join(models, 'demo-yolo'), ...words);
    expect(told).toMatch(sentence);
    expect(out).toBe('');
    expect(status).toBe(2);
  });
});

test('the program alone says where a folder can be checked', async () => {
  // As it is after a download: one file, with nothing of the installation around it.
  const { findWorkers } = await import('../../apps/cli/src/models/check-workers.ts');
  expect(findWorkers(folder)).toEqual([]);
  expect(findWorkers(path.join(repository, 'apps/cli/src')).map(({ family }) => family)).toEqual(
    listFamilies(repository),
  );
});
