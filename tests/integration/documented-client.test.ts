/** Every block of code in `docs/client.md` runs as it is shown, against a real stack. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { repository } from '../support/service-process.ts';
import { startStack, type Stack } from '../support/stack.ts';

const text = await readFile(path.join(repository, 'docs/client.md'), 'utf8');
const blocks = [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
const imports = blocks[0]!.split('\n').filter((line) => line.startsWith('import '));

/** What the page has introduced in words by then. */
const introduced = `${imports.join('\n')}
const url = 'http://127.0.0.1:8080';
const shoal = new ShoalClient({ url });
const picture = fileImage('examples/scene_2033_0_640x512.jpg');
const pictures = [picture, fileImage('README.md'), fileImage('examples/scene_2033_1_480x640.jpg')];
`;

let folder: string;
let stack: Stack;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'shoal-client-'));
  await mkdir(path.join(folder, 'node_modules/@shoal'), { recursive: true });
  await symlink(path.join(repository, 'packages/client'), path.join(folder, 'node_modules/@shoal/client'));
  stack = await startStack({ models: ['demo-yolo'] });
});

afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true });
});

async function runBlock(code: string): Promise<{ stdout: string; stderr: string }> {
  const whole = code.includes('import ') ? code : introduced + code;
  const file = path.join(folder, 'block.ts');
  await writeFile(file, whole.replaceAll('http://127.0.0.1:8080', stack.url));
  return promisify(execFile)(process.execPath, [file], { cwd: repository });
}

test('the first block prints what is in the picture', async () => {
  const { stdout } = await runBlock(blocks[0]!);
  expect(stdout).toMatch(/^circle 0\.\d+ \{ x1: /);
  expect(stdout.trim().split('\n').length).toBeGreaterThanOrEqual(5);
});

test('of many pictures each is told with its place, the one that is none with its error', async () => {
  const { stdout, stderr } = await runBlock(blocks.find((code) => code.includes('shoal.map('))!);
  expect(stdout).toMatch(/^0 \d+\n2 \d+\n$/);
  expect(stderr).toBe('1 media_type_unsupported\n');
});

test('every other block ends well', async () => {
  for (const code of blocks.slice(1)) await runBlock(code);
  expect(blocks.length).toBeGreaterThanOrEqual(4);
  await expect(runBlock("await shoal.predict(picture, { model: 'nothing' });")).rejects.toThrow(
    /model_unknown/,
  );
});
