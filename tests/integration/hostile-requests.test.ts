/** Requests that once brought a gateway to its knees, or to a lie about whose fault it was. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contentType, predictionsPath, toBytes } from '../fuzz/fuzz-case.ts';
import { codeOf } from '../fuzz/judge.ts';
import { sendCase } from '../fuzz/send-case.ts';
import { form } from '../fuzz/write-form.ts';
import { predict } from '../support/ask.ts';
import { plainPicture } from '../support/pictures.ts';
import { makeModelsFolder, type ModelsFolder } from '../support/scripted-models.ts';
import { startStack, type Stack } from '../support/stack.ts';

let models: ModelsFolder;
let stack: Stack;
let picture: Buffer;

beforeAll(async () => {
  models = await makeModelsFolder();
  await models.add('scripted');
  stack = await startStack({ models: ['scripted'], modelsDir: models.dir });
  picture = await plainPicture([1, 2, 3]);
});

afterAll(async () => {
  await stack.stop();
  await models.remove();
});

async function send(
  ...steps: readonly Uint8Array[]
): Promise<{ status?: number; code?: string; ms: number }> {
  const { response, ms } = await sendCase(Number(new URL(stack.url).port), { steps }, 20_000);
  const code = response && codeOf(response.body);
  return { ...(response && { status: response.status }), ...(code !== undefined && { code }), ms };
}

const json = (body: string): Buffer =>
  toBytes({ path: predictionsPath, headers: [contentType('application/json')], body: Buffer.from(body) });
const invalid = { status: 400, code: 'options_invalid' };

test.each(['[],', '1,', '"",', '{"a":1},'])(
  '60 MB of %s are refused at once, while others are served',
  async (piece) => {
    const asked = send(json(`[${piece.repeat(60_000_000 / piece.length)}1]`));
    const other = await predict(stack.url, 'scripted', picture);
    expect(await asked).toMatchObject(invalid);
    expect((await asked).ms).toBeLessThan(5_000);
    expect(other.status).toBe(200);
  },
);

test.each([100, 5_000, 100_000])(
  'a field that goes %i deep is invalid, in JSON and in a form',
  async (depth) => {
    const deep = '['.repeat(depth) + ']'.repeat(depth);
    const image = picture.toString('base64');
    for (const field of ['classes', 'minScore', 'model', 'nonsense']) {
      expect(await send(json(`{"model":"scripted","image":"${image}","${field}":${deep}}`))).toMatchObject(
        invalid,
      );
      const parts = [
        { name: 'model', content: 'scripted' },
        { name: field, type: 'application/json', content: deep },
        { name: 'image', fileName: 'a', type: 'image/png', content: picture },
      ];
      expect(await send(form(predictionsPath, parts))).toMatchObject(invalid);
    }
  },
);

test('what is expected beyond 100-continue is not answered, and is no reason to refuse', async () => {
  const expecting = toBytes({
    path: `${predictionsPath}?model=scripted`,
    headers: [contentType('image/png'), ['expect', 'miracles']],
    body: picture,
  });
  expect(await send(expecting)).toMatchObject({ status: 200 });
});
