/** The new family of `docs/adding-a-model.md`: its app is built from the page, and serves a model. */
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testModelPath } from '../../packages/worker-runtime/src/testing/index.ts';
import { predict } from '../support/ask.ts';
import { lightsGraph } from '../support/lights-model.ts';
import { plainPicture, sampleScene } from '../support/pictures.ts';
import { ServiceProcess, repository } from '../support/service-process.ts';
import { startStack, type Stack } from '../support/stack.ts';

const page = 'docs/adding-a-model.md';

let folder: string;
let stack: Stack;
let worker: ServiceProcess;

/** The first block of that language whose text has the mark. */
async function block(language: string, mark: string): Promise<string> {
  const text = await readFile(path.join(repository, page), 'utf8');
  const blocks = [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
  const found = blocks.find(([, named, code = '']) => named === language && code.includes(mark))?.[2];
  if (found === undefined) throw new Error(`${page} shows no ${language} with ${mark}`);
  return found;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'shoal-family-'));
  const app = path.join(folder, 'apps/worker-ssd');
  const files = {
    'package.json': await block('json', '"@shoal/worker-ssd"'),
    'src/main.ts': await block('ts', 'runWorker('),
    'src/adapter.ts': await block('ts', 'export const adapter'),
  };
  await mkdir(path.join(app, 'src'), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(app, name), text);
  // What an installation does with the dependencies that the page names.
  const { dependencies } = JSON.parse(files['package.json']) as { dependencies: Record<string, string> };
  await mkdir(path.join(app, 'node_modules/@shoal'), { recursive: true });
  for (const name of Object.keys(dependencies)) {
    const source = path.join(repository, 'packages', name.replace('@shoal/', ''));
    await symlink(source, path.join(app, 'node_modules', name));
  }
  const model = path.join(folder, 'models/lights');
  await mkdir(model, { recursive: true });
  await copyFile(testModelPath(lightsGraph), path.join(model, 'model.onnx'));
  await writeFile(path.join(model, 'model.yaml'), await block('yaml', 'adapter: ssd'));

  stack = await startStack({ models: [] });
  worker = new ServiceProcess(path.relative(repository, path.join(app, 'src/main.ts')), {
    REDIS_URL: stack.redis.url,
    MODELS_DIR: path.join(folder, 'models'),
    MODEL: 'lights',
  });
  await stack.modelBecomes('lights', 'ready').catch((error: unknown) => {
    throw new Error(`the family of the page does not run: ${worker.text}`, { cause: error });
  });
});

afterAll(async () => {
  await worker.kill();
  await stack.stop();
  await rm(folder, { recursive: true });
});

test('the app of the page serves its model: boxes where the file has them, in pixels of the picture', async () => {
  const { status, body } = await predict(stack.url, 'lights', await sampleScene());
  expect(status).toBe(200);
  expect(body).toMatchObject({ model: { name: 'lights' }, image: { width: 640, height: 512 } });
  const found = body.detections!;
  // Of three boxes two overlap; the better one stays.
  expect(found.map(({ label }) => label)).toEqual(['light', 'dark']);
  // 640 × 512 lies in the middle of the square, so that 64 rows above and below are padding.
  const expected = [
    { x1: 192, y1: 192 - 64, x2: 320, y2: 320 - 64 },
    { x1: 320, y1: 320 - 64, x2: 448, y2: 448 - 64 },
  ];
  for (const [index, box] of expected.entries()) {
    for (const corner of ['x1', 'y1', 'x2', 'y2'] as const) {
      // The picture becomes 96 × 76.8 there, and rows are whole: a row of the network's is 6.7 of the picture's.
      expect(Math.abs(found[index]!.box[corner] - box[corner])).toBeLessThan(640 / 96);
    }
  }
});

test('it does as requests say: only what they want, and nothing where nothing is', async () => {
  const { body } = await predict(stack.url, 'lights', await sampleScene(), { query: { classes: 'dark' } });
  expect(body.detections!.map(({ label }) => label)).toEqual(['dark']);
  const { body: blank } = await predict(stack.url, 'lights', await plainPicture([0, 0, 0], 96));
  expect(blank.detections).toEqual([]);
});
