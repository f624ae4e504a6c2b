/** Who answers to which name: conflicts, failures and what the list of models says of them. */
import { appendFile, copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { predict, toAnswer } from '../support/ask.ts';
import { plainPicture, sampleScene } from '../support/pictures.ts';
import { makeModelsFolder, type ModelsFolder } from '../support/scripted-models.ts';
import { repository } from '../support/service-process.ts';
import { startStack, type Stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

let models: ModelsFolder;
let stack: Stack;

beforeAll(async () => {
  models = await makeModelsFolder();
  await models.add('first', 'aliases: [common_alias]\n');
  stack = await startStack({ models: ['first'], modelsDir: models.dir });
});

afterAll(async () => {
  await stack.stop();
  await models.remove();
});

const statusOf = async (model: string) =>
  (await toAnswer(await fetch(`${stack.url}/v1/models/${model}`))).body;

test('a second model that claims the alias of a live one refuses to start, naming both', async () => {
  await models.add('second', 'aliases: [common_alias]\n');
  const worker = await stack.startWorker('second');
  expect(await worker.ended()).toBe(1);
  expect(worker.log.at(-1)).toMatchObject({
    level: 'fatal',
    msg: expect.stringMatching(/second.*common_alias.*first/) as string,
  });
  expect(
    (await predict(stack.url, 'common_alias', await plainPicture([1, 2, 3]))).body['model'],
  ).toMatchObject({
    name: 'first',
  });
});

test('a model whose file cannot be loaded is failed, with the reason, and its worker ends', async () => {
  await models.add('broken');
  await writeFile(path.join(models.dir, 'broken', 'model.onnx'), 'this is not a graph');
  const worker = await stack.startWorker('broken');
  expect(await worker.ended()).toBe(1);
  await stack.modelBecomes('broken', 'failed');
  expect(await statusOf('broken')).toMatchObject({ reason: expect.stringMatching(/ONNX/) as string });
});

test('a new folder and a worker are a new model: no restart, no line of code', async () => {
  await models.add('third', 'title: A third one\n');
  await stack.startWorker('third');
  await stack.modelBecomes('third', 'ready');
  expect((await predict(stack.url, 'third', await plainPicture([1, 2, 3]))).status).toBe(200);
});

test('a model that was renamed and keeps its old name as an alias answers to it', async () => {
  await models.add('old-name');
  const before = await stack.startWorker('old-name');
  await stack.modelBecomes('old-name', 'ready');
  before.signal('SIGTERM');
  await before.ended();
  await models.add('new-name', 'aliases: [old-name]\n');
  // The one that left still holds its name for some seconds; the new one waits for it.
  await stack.startWorker('new-name');
  await stack.modelBecomes('new-name', 'ready');
  const answer = await predict(stack.url, 'old-name', await plainPicture([1, 2, 3]));
  expect(answer).toMatchObject({ status: 200, body: { model: { name: 'new-name' } } });
});

test('a folder with nothing but an Ultralytics export is served under its own name', async () => {
  await mkdir(path.join(models.dir, 'bare'));
  await copyFile(
    path.join(repository, 'models/demo-yolo/model.onnx'),
    path.join(models.dir, 'bare', 'model.onnx'),
  );
  await stack.startWorker('bare');
  await stack.modelBecomes('bare', 'ready');
  expect(await statusOf('bare')).toMatchObject({ labels: ['circle', 'square', 'triangle'] });
  const answer = await predict(stack.url, 'bare', await sampleScene());
  expect(answer.status).toBe(200);
  expect(answer.body.detections!.length).toBeGreaterThan(1);
});

test('two live workers of one name with different files show as a conflict', async () => {
  // Another field at the end of the file: another digest, the same graph.
  await appendFile(path.join(models.dir, 'third', 'model.onnx'), Buffer.from([0x12, 0x00]));
  await stack.startWorker('third');
  await waitFor('the conflict', async () =>
    String((await statusOf('third'))['reason']).startsWith('conflict'),
  );
  expect(await statusOf('third')).toMatchObject({
    state: 'ready',
    reason: expect.stringMatching(/[0-9a-f]{12}, [0-9a-f]{12}/) as string,
  });
});
