/** Every curl command in the documents works as it is shown, against a real gateway with the demo models. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeApi } from '../../apps/gateway/src/api-description/describe-api.ts';
import { toReference } from '../../apps/gateway/src/api-description/reference.ts';
import { addKey } from '../support/add-key.ts';
import { submit } from '../support/ask.ts';
import { documentedCommands, shapeOf } from '../support/documented-commands.ts';
import { sampleScene } from '../support/pictures.ts';
import { repository, type ServiceProcess } from '../support/service-process.ts';
import { startStack, type Stack } from '../support/stack.ts';

const run = promisify(execFile);
const documents = [
  'README.md',
  'docs/http-api.md',
  'docs/getting-started.md',
  'docs/adding-a-model.md',
  'docs/coming-from-the-old-server.md',
];
/** Where `npm start` listens, and where the front door of the containers does. */
const addresses = ['http://127.0.0.1:8080', 'http://localhost:8082'];

let folder: string;
let key: string;
let stack: Stack;
let keyed: { url: string; gateway: ServiceProcess };

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'shoal-documents-'));
  key = await addKey('reader', path.join(folder, 'keys'));
  // A curl that says with its status whether all went well.
  await writeFile(
    path.join(folder, 'curl'),
    '#!/bin/sh\nPATH=${PATH#*:}\nexec curl --silent --show-error --fail-with-body --max-time 30 "$@"\n',
    { mode: 0o700 },
  );
  stack = await startStack({ models: ['demo-yolo', 'demo-detectron'] });
  keyed = await stack.startGateway({ SHOAL_API_KEYS_FILE: path.join(folder, 'keys') });
});

afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true });
});

/** As somebody types it in the checkout; only the address is that of the test. */
async function type(script: string): Promise<string> {
  const lines = script
    .split('\n')
    .filter((line) => !/^\s*(?:docker|npm|MODELS)/.test(line))
    .join('\n');
  const url = lines.includes('$KEY') ? keyed.url : stack.url;
  const here = addresses.reduce((text, address) => text.replaceAll(address, url), lines);
  expect(here, 'asks another address').not.toMatch(/https?:\/\/(?!127\.0\.0\.1)/);
  const { stdout } = await run('sh', ['-euc', here], {
    cwd: repository,
    env: { PATH: `${folder}:${process.env['PATH'] ?? ''}`, KEY: key },
  });
  return stdout;
}

/** The JSON in what was printed, past a head that `-i` shows. */
const jsonIn = (output: string): unknown => JSON.parse(output.slice(output.indexOf('{'))) as unknown;

describe.each(documents)('%s', async (document) => {
  const commands = await documentedCommands(document);

  test.each(commands)('$at', async ({ script, answer }) => {
    const output = await type(script);
    expect(output).not.toBe('');
    // What is there only at times is shown, too.
    const told = answer === undefined ? {} : jsonIn(output);
    expect(shapeOf(answer ?? {})).toMatchObject(shapeOf(told) as object);
  });
});

test('documents have commands at all, and one that fails is noticed', async () => {
  const counts = await Promise.all(documents.map(async (name) => (await documentedCommands(name)).length));
  expect(counts.every((count) => count > 0)).toBe(true);
  await expect(type('curl http://127.0.0.1:8080/v1/models/nothing')).rejects.toThrow(/404/);
});

describe('the commands at /docs', () => {
  const routes = toReference(describeApi({ keys: 'unknown' })).groups.flatMap((group) => group.routes);

  test.each(routes.filter(({ sample }) => sample !== undefined))('$id', async ({ sample }) => {
    const id = await submit(stack.url, 'demo-yolo', await sampleScene());
    expect(await type(sample!.replaceAll(/\/predictions\/[\da-f-]{36}/g, `/predictions/${id}`))).not.toBe('');
  });
});
