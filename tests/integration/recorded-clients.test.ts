/**
 * Clients of the older server, byte for byte: what their libraries wrote to a socket is written again, to a gateway and to
 * the front door, and the real libraries ask where they are at hand.
 */
import { execFile, execFileSync } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findTraefik, startFrontDoor, type FrontDoor } from '../support/front-door.ts';
import { sampleScene } from '../support/pictures.ts';
import { repository } from '../support/service-process.ts';
import { makeModelsFolder, type ModelsFolder } from '../support/scripted-models.ts';
import { startStack, type Stack } from '../support/stack.ts';

const fixtures = path.join(repository, 'tests/fixtures/old-clients');
const recordings = (await readdir(fixtures)).filter((name) => name.endsWith('.http'));
const picture = 'examples/scene_2033_0_640x512.jpg';

let models: ModelsFolder;
let stack: Stack;
let door: FrontDoor | undefined;

beforeAll(async () => {
  models = await makeModelsFolder();
  await models.add('scripted', 'aliases: [image_queue_yolov5]\n');
  stack = await startStack({ models: ['scripted'], modelsDir: models.dir });
  if (findTraefik() !== undefined) door = await startFrontDoor(stack.url);
});

afterAll(async () => {
  await door?.stop();
  await stack.stop();
  await models.remove();
});

/** Head and body as they were sent, which the libraries write one after the other. */
async function recorded(name: string, host: string): Promise<readonly [head: Buffer, body: Buffer]> {
  const text = (await readFile(path.join(fixtures, name), 'utf8')).replaceAll('\n', '\r\n');
  const [before = '', after = ''] = text.replace('{{host}}', host).split('{{picture}}');
  const bytes = Buffer.concat([Buffer.from(before), await sampleScene(), Buffer.from(after)]);
  const bodyAt = bytes.indexOf('\r\n\r\n') + 4;
  const length = /^content-length: (\d+)\r$/im.exec(before)?.[1];
  expect(bytes.length - bodyAt, 'the recording is whole').toBe(Number(length));
  return [bytes.subarray(0, bodyAt), bytes.subarray(bodyAt)];
}

interface Answer {
  readonly statusLine: string;
  readonly body: string;
}

/** Sends the recording `times` times over one connection, each after the answer to the one before. */
async function replay(name: string, url: string, times = 1): Promise<Answer[]> {
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  let received = Buffer.alloc(0);
  const answers: Answer[] = [];
  const ended = new Promise<never>((_resolve, reject) => {
    socket.once('close', () => reject(new Error(`closed after ${received.toString()}`)));
    socket.once('error', reject);
  });
  // Closing it is how this ends.
  ended.catch(() => undefined);
  socket.on('data', (chunk) => (received = Buffer.concat([received, chunk])));
  for (let count = 0; count < times; count += 1) {
    for (const piece of await recorded(name, host)) socket.write(piece);
    for (let answer = parse(received); ; answer = parse(received)) {
      if (answer !== undefined) {
        answers.push(answer);
        received = received.subarray(answer.length);
        break;
      }
      await Promise.race([new Promise((resolve) => socket.once('data', resolve)), ended]);
    }
  }
  socket.destroy();
  return answers;
}

function parse(received: Buffer): (Answer & { length: number }) | undefined {
  const bodyAt = received.indexOf('\r\n\r\n') + 4;
  if (bodyAt < 4) return undefined;
  const head = received.subarray(0, bodyAt).toString('latin1');
  const length = bodyAt + Number(/^content-length: (\d+)\r$/im.exec(head)?.[1]);
  if (received.length < length) return undefined;
  return { statusLine: head.split('\r\n')[0]!, body: received.subarray(bodyAt, length).toString(), length };
}

const number = String.raw`-?\d+(?:\.\d+)?(?:e-?\d+)?`;
const bbox = Array.from({ length: 4 }, () => number).join(',');
const prediction = String.raw`\{"category_id":"(?:circle|square|triangle)","scores":\[${number}\],"bbox":\[${bbox}\]\}`;
const found = new RegExp(String.raw`^\{"success":true,"predictions":\[${prediction}(?:,${prediction})*\]\}$`);

describe.each(recordings)('%s', (name) => {
  test('is answered by a gateway, and again over the same connection', async () => {
    const answers = await replay(name, stack.url, 2);
    expect(answers.map(({ statusLine }) => statusLine)).toEqual(['HTTP/1.1 200 OK', 'HTTP/1.1 200 OK']);
    for (const { body } of answers) expect(body).toMatch(found);
  });

  test.skipIf(findTraefik() === undefined)(
    'is answered through the front door, and again over the same connection',
    async () => {
      const answers = await replay(name, door!.url, 2);
      expect(answers.map(({ statusLine }) => statusLine)).toEqual(['HTTP/1.1 200 OK', 'HTTP/1.1 200 OK']);
      for (const { body } of answers) expect(body).toMatch(found);
    },
  );
});

test('the recordings are of four clients, one of which offers h2c', async () => {
  expect(recordings).toHaveLength(4);
  const heads = await Promise.all(recordings.map(async (name) => (await recorded(name, 'x'))[0].toString()));
  expect(heads.filter((head) => head.includes('\r\nUpgrade: h2c\r\n'))).toHaveLength(1);
});

const hasRequests = runs('python3', ['-c', 'import requests']);
const hasJava = runs('javac', ['--version']);

function runs(program: string, args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function type(program: string, client: string, model: string, address: string): Promise<string> {
  const args = [path.join(fixtures, client), address, model, picture];
  const { stdout } = await promisify(execFile)(program, args, { cwd: repository });
  return stdout.trim();
}

describe.each(['/predictor', '/predictor/'])('at %s', (address) => {
  test.skipIf(!hasRequests)('requests itself gets its answer, and an exception for an error', async () => {
    const client = ['python3', 'keras_model_client.py'] as const;
    const text = await type(...client, 'image_queue_yolov5', stack.url + address);
    const { success, predictions } = JSON.parse(text) as {
      success: boolean;
      predictions: unknown[];
    };
    expect(success).toBe(true);
    expect(predictions.length).toBeGreaterThan(1);
    await expect(type(...client, 'nothing', stack.url + address)).rejects.toThrow(/HTTPError: 404/);
  });

  test.skipIf(!hasJava)('the HttpClient of Java itself gets its answer', async () => {
    const url = door?.url ?? stack.url;
    expect(await type('java', 'JavaClient.java', 'image_queue_yolov5', url + address)).toMatch(found);
  });
});
