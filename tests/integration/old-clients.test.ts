/** What clients of the old server see on the wire, to the byte where they look. */
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleScene } from '../support/pictures.ts';
import { makeModelsFolder, type ModelsFolder } from '../support/scripted-models.ts';
import { startStack, type Stack } from '../support/stack.ts';

let models: ModelsFolder;
let stack: Stack;
let scene: Buffer;

beforeAll(async () => {
  models = await makeModelsFolder();
  await models.add('scripted', 'aliases: [image_queue_yolov5]\n');
  stack = await startStack({ models: ['scripted'], modelsDir: models.dir });
  scene = await sampleScene();
});

afterAll(async () => {
  await stack.stop();
  await models.remove();
});

const boundary = 'x-boundary-x';
const modelPart = `--${boundary}\r\nContent-Disposition: form-data; name="model_type"\r\n\r\nimage_queue_yolov5\r\n`;
function filePart(type?: string): Buffer {
  const typeLine = type === undefined ? '' : `Content-Type: ${type}\r\n`;
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n${typeLine}\r\n`;
  return Buffer.concat([Buffer.from(head), scene, Buffer.from('\r\n')]);
}
const end = `--${boundary}--\r\n`;

function post(path: string, body: Buffer): Promise<Response> {
  return fetch(stack.url + path, {
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: body as NonNullable<RequestInit['body']>,
  });
}

test.each(['/predictor', '/predictor/'])('%s answers with exactly two keys, in order', async (path) => {
  const response = await post(
    path,
    Buffer.concat([Buffer.from(modelPart), filePart('image/jpeg'), Buffer.from(end)]),
  );
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  const number = String.raw`-?\d+(?:\.\d+)?(?:e-?\d+)?`;
  const bbox = Array.from({ length: 4 }, () => number).join(',');
  const prediction = String.raw`\{"category_id":"(?:circle|square|triangle)","scores":\[${number}\],"bbox":\[${bbox}\]\}`;
  expect(await response.text()).toMatch(
    new RegExp(String.raw`^\{"success":true,"predictions":\[${prediction}(?:,${prediction})*\]\}$`),
  );
});

test('the best score comes first, and boxes are corners inside the picture', async () => {
  const response = await post(
    '/predictor/',
    Buffer.concat([Buffer.from(modelPart), filePart(), Buffer.from(end)]),
  );
  const { predictions } = (await response.json()) as { predictions: { scores: number[]; bbox: number[] }[] };
  const scores = predictions.map(({ scores: [score] }) => score!);
  expect(scores.length).toBeGreaterThan(1);
  expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  for (const { bbox } of predictions) {
    const [x1, y1, x2, y2] = bbox as [number, number, number, number];
    expect(x1 >= 0 && y1 >= 0 && x2 > x1 && y2 > y1 && x2 <= 640 && y2 <= 512).toBe(true);
  }
});

test.each(['image/png', 'image/jpeg', 'image/jpg', undefined])(
  'the parts come in any order, the file called %s',
  async (type) => {
    const response = await post(
      '/predictor/',
      Buffer.concat([filePart(type), Buffer.from(modelPart), Buffer.from(end)]),
    );
    expect(response.status).toBe(200);
  },
);

test('fields that mean nothing here are ignored', async () => {
  const extra = `--${boundary}\r\nContent-Disposition: form-data; name="client"\r\n\r\nvars\r\n`;
  const response = await post(
    '/predictor/',
    Buffer.concat([Buffer.from(extra), Buffer.from(modelPart), filePart(), Buffer.from(end)]),
  );
  expect(response.status).toBe(200);
});

test('nothing found is an empty list, not an error', async () => {
  const { plainPicture } = await import('../support/pictures.ts');
  scene = await plainPicture([120, 120, 120], 320);
  const response = await post(
    '/predictor',
    Buffer.concat([Buffer.from(modelPart), filePart(), Buffer.from(end)]),
  );
  expect(await response.text()).toBe('{"success":true,"predictions":[]}');
  scene = await sampleScene();
});

test('an error is never a 200, and says success: false', async () => {
  const response = await post('/predictor', Buffer.from(modelPart + end));
  expect(response.status).toBe(400);
  expect(await response.text()).toMatch(
    /^\{"success":false,"error":\{"code":"upload_missing","message":"[^"]+"\}\}$/,
  );
});

test('a POST that offers an upgrade to h2c is answered as an ordinary request', async () => {
  const body = Buffer.concat([Buffer.from(modelPart), filePart(), Buffer.from(end)]);
  const socket = connect(Number(new URL(stack.url).port), '127.0.0.1');
  socket.write(
    [
      'POST /predictor/ HTTP/1.1',
      'Connection: Upgrade, HTTP2-Settings',
      'Host: localhost',
      'HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA',
      'Upgrade: h2c',
      `Content-Type: multipart/form-data; boundary=${boundary}`,
      `Content-Length: ${body.length}`,
      '',
      '',
    ].join('\r\n'),
  );
  socket.write(body);
  let text = '';
  await new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      text += chunk.toString();
      if (text.endsWith(']}')) resolve();
    });
    socket.on('close', resolve);
  });
  socket.destroy();
  expect(text).toMatch(/^HTTP\/1\.1 200 /);
  expect(text).toContain('{"success":true,"predictions":[{');
});

test('pages on any host may call, without credentials', async () => {
  const response = await fetch(`${stack.url}/predictor`, {
    method: 'OPTIONS',
    headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'POST' },
  });
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  expect(response.headers.has('access-control-allow-credentials')).toBe(false);
  const refused = await fetch(`${stack.url}/predictor`, {
    method: 'POST',
    headers: { origin: 'https://elsewhere.example' },
  });
  expect(refused.status).toBe(400);
  expect(refused.headers.get('access-control-allow-origin')).toBe('*');
});

test('CORS_ORIGINS limits the pages that may call', async () => {
  const { url, gateway } = await stack.startGateway({
    CORS_ORIGINS: 'https://ours.example, https://also.example',
  });
  const allowed = async (origin: string) =>
    (await fetch(`${url}/livez`, { headers: { origin } })).headers.get('access-control-allow-origin');
  expect(await allowed('https://also.example')).toBe('https://also.example');
  expect(await allowed('https://elsewhere.example')).toBeNull();
  await gateway.kill();
});
