/** `shoal models pull` as a process: interrupted, killed, lied to, and in the end a folder that a worker reads. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startFileServer, type FileServer } from '../../apps/cli/src/models/pull/test-file-server.ts';
import { listModelFolders, readModelFolder } from '../../packages/worker-runtime/src/model-folder/index.ts';
import { canImport } from '../../tools/export/find-python.ts';
import { repository } from '../support/service-process.ts';

const demo = path.join(repository, 'models', 'demo-yolo');
const onnx = await readFile(path.join(demo, 'model.onnx'));
const labels = await readFile(path.join(demo, 'labels.txt'));
const sha256 = createHash('sha256').update(onnx).digest('hex');

const manifest = (more: string): string =>
  `# A comment that stays.\nname: reef\nadapter: yolo\nlabels: labels.txt\ninput: { fit: letterbox }\n${more}`;

let server: FileServer;
let models: string;
const children = new Set<ChildProcess>();

beforeEach(async () => {
  server = await startFileServer();
  models = await mkdtemp(path.join(tmpdir(), 'shoal-models-'));
  server.files.set('/reef/model.onnx', { body: onnx, etag: '"one"' });
  server.files.set('/reef/labels.txt', { body: labels });
  serveManifest(`license: CC0-1.0\nsha256: ${sha256}\n`);
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await server.close();
  await rm(models, { recursive: true, force: true });
});

function serveManifest(more: string): void {
  server.files.set('/reef/model.yaml', { body: Buffer.from(manifest(more)), contentType: 'text/yaml' });
}

/** Of a file whose second half does not come. */
const never = new Promise<void>(() => undefined);

interface Ended {
  readonly status: number | null;
  readonly stderr: string;
}

function start(...argv: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, ['apps/cli/src/main.ts', 'models', 'pull', ...argv], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, MODELS_DIR: models },
  });
  children.add(child);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = once(child, 'close').then(([status]) => ({ status: status as number | null, stderr }));
  return { child, ended };
}

const pull = (...argv: string[]): Promise<Ended> => start(...argv).ended;

async function until(isTrue: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isTrue())) await new Promise((done) => setTimeout(done, 10));
}

const partBytes = (): Promise<number> =>
  stat(path.join(models, '.pull', 'reef', 'model.onnx.part')).then(
    ({ size }) => size,
    () => 0,
  );

describe('models pull', () => {
  test('of a manifest ends with a folder that a worker reads, and nothing beside it', async () => {
    const ended = await pull(server.url('/reef/model.yaml'));
    expect(ended).toMatchObject({ status: 0 });
    expect(ended.stderr).toContain('licence: CC0-1.0');
    const folder = await readModelFolder(path.join(models, 'reef'));
    expect(folder).toMatchObject({ name: 'reef', sha256 });
    expect(folder.manifest.labels).toEqual(['circle', 'square', 'triangle']);
    expect(await readFile(path.join(models, 'reef', 'model.yaml'), 'utf8')).toContain(
      '# A comment that stays.',
    );
    expect(await readdir(models)).toEqual(['reef']);
  });

  test('of an ONNX file that describes itself needs no manifest', async () => {
    const ended = await pull(server.url('/reef/model.onnx'), '--name', 'atoll', '--sha256', sha256);
    expect(ended).toMatchObject({ status: 0 });
    expect(ended.stderr).toContain('the address does not say');
    expect((await readModelFolder(path.join(models, 'atoll'))).sha256).toBe(sha256);
  });

  test('that is killed in the middle serves nothing, and goes on from there', async () => {
    server.files.set('/reef/model.onnx', { body: onnx, etag: '"one"', secondHalf: never });
    const { child, ended } = start(server.url('/reef/model.yaml'));
    await until(async () => (await partBytes()) >= 200_000);
    child.kill('SIGKILL');
    await ended;
    expect(await listModelFolders(models)).toEqual([]);
    expect(existsSync(path.join(models, 'reef'))).toBe(false);
    const kept = await partBytes();
    server.files.set('/reef/model.onnx', { body: onnx, etag: '"one"' });
    expect(await pull(server.url('/reef/model.yaml'))).toMatchObject({ status: 0 });
    expect(server.asked.at(-1)).toMatchObject({ range: `bytes=${kept}-`, ifRange: '"one"' });
    expect((await readModelFolder(path.join(models, 'reef'))).sha256).toBe(sha256);
  });

  test.skipIf(process.platform === 'win32')('that is interrupted says how to go on, and does', async () => {
    server.files.set('/reef/model.onnx', { body: onnx, etag: '"one"', secondHalf: never });
    const { child, ended } = start(server.url('/reef/model.yaml'));
    await until(async () => (await partBytes()) >= 100_000);
    child.kill('SIGINT');
    const { status, stderr } = await ended;
    expect(status).toBe(130);
    expect(stderr).toContain('the same command goes on from there');
    server.files.set('/reef/model.onnx', { body: onnx, etag: '"one"' });
    expect(await pull(server.url('/reef/model.yaml'))).toMatchObject({ status: 0 });
    expect(server.asked.at(-1)?.range).toMatch(/^bytes=\d+-$/);
  });

  test('of a file that is not the one of the manifest leaves nothing that would be served', async () => {
    server.files.set('/reef/model.onnx', { body: Buffer.concat([onnx, Buffer.from('x')]), etag: '"one"' });
    const { status, stderr } = await pull(server.url('/reef/model.yaml'));
    expect(status).toBe(1);
    expect(stderr).toContain('is not the file that was meant');
    expect(await listModelFolders(models)).toEqual([]);
    expect(await partBytes()).toBe(0);
  });

  test('never replaces a folder that is there, unless it is told to', async () => {
    await mkdir(path.join(models, 'reef'));
    await writeFile(path.join(models, 'reef', 'mine.txt'), 'mine');
    const refused = await pull(server.url('/reef/model.yaml'));
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('--force replaces it');
    expect(await readdir(path.join(models, 'reef'))).toEqual(['mine.txt']);
    expect(await pull(server.url('/reef/model.yaml'), '--force')).toMatchObject({ status: 0 });
    expect((await readModelFolder(path.join(models, 'reef'))).sha256).toBe(sha256);
    expect(await readdir(models)).toEqual(['reef']);
  });

  test('asks before it takes a model under terms that bind, and cannot ask a program', async () => {
    serveManifest('license: AGPL-3.0\n');
    const { status, stderr } = await pull(server.url('/reef/model.yaml'));
    expect(status).toBe(2);
    expect(stderr).toContain('licence: AGPL-3.0');
    expect(stderr).toContain('--accept-license');
    expect(server.asked.map(({ path: asked }) => asked)).not.toContain('/reef/model.onnx');
    expect(await pull(server.url('/reef/model.yaml'), '--accept-license')).toMatchObject({ status: 0 });
  });

  test('of the same model by two at once is refused to the second', async () => {
    const { promise: secondHalf, resolve: release } = Promise.withResolvers<void>();
    server.files.set('/reef/model.onnx', { body: onnx, etag: '"one"', secondHalf });
    const { ended } = start(server.url('/reef/model.yaml'));
    await until(async () => (await partBytes()) > 0);
    const second = await pull(server.url('/reef/model.yaml'));
    release();
    expect(second.status).toBe(1);
    expect(second.stderr).toMatch(/process \d+ is pulling reef already/);
    expect(await ended).toMatchObject({ status: 0 });
  });

  test.each([
    [
      'a manifest that leads out of its folder',
      'file: ../model.onnx\n',
      'expected the name of a file beside it',
    ],
    ['a manifest with a field that there is not', 'lables: x\n', 'Unrecognized key'],
  ])('refuses %s', async (_what, more, sentence) => {
    serveManifest(more);
    const { status, stderr } = await pull(server.url('/reef/model.yaml'));
    expect(status).toBe(1);
    expect(stderr).toContain(sentence);
    expect(await readdir(models)).toEqual([]);
  });

  test.each([
    [['yolov99'], 'the zoo has no yolov99; it has mbari-benthic-supercategory'],
    [['ftp://127.0.0.1/model.onnx'], 'expected http://… or https://…'],
    [['http://127.0.0.1:1/model.zip'], 'expected the address of an .onnx'],
    [['http://127.0.0.1:1/model.onnx', '--name', '../out'], '--name: expected lower-case letters'],
    [['http://127.0.0.1:1/model.onnx', '--sha256', 'abc'], '--sha256: expected 64 hex digits'],
  ])('%j is refused before anything is fetched', async (argv, sentence) => {
    const { status, stderr } = await pull(...argv);
    expect(status).toBe(2);
    expect(stderr).toContain(sentence);
  });

  test('of text in the place of a model is refused', async () => {
    server.files.set('/pointer.onnx', {
      body: Buffer.from('version https://git-lfs.github.com/spec/v1\noid x\n'),
    });
    const { status, stderr } = await pull(server.url('/pointer.onnx'));
    expect(status).toBe(1);
    expect(stderr).toContain('text and not an ONNX file');
    expect(await listModelFolders(models)).toEqual([]);
  });
});

const python = process.env['EXPORT_PYTHON'];
const canExport = python !== undefined && canImport(python);

describe.skipIf(!canExport)('models pull of a checkpoint (needs EXPORT_PYTHON)', () => {
  test('goes on to export it, and ends with a folder that a worker has run', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'shoal-checkpoints-'));
    spawnSync(python!, ['-B', path.join(repository, 'tools/export/make_test_checkpoints.py'), folder]);
    const checkpoint = await readFile(path.join(folder, 'v5.pt'));
    await rm(folder, { recursive: true });
    server.files.set('/reef/v5.pt', { body: checkpoint, etag: '"one"' });
    serveManifest(
      `license: CC0-1.0\nweights: { url: '${server.url('/reef/v5.pt')}', format: yolov5, classes: 3 }\n`,
    );
    const { status, stderr } = await pull(server.url('/reef/model.yaml'));
    expect(stderr).toContain('is taken on trust');
    expect(stderr).toContain('compared with PyTorch');
    expect(status).toBe(0);
    const { manifest: made } = await readModelFolder(path.join(models, 'reef'));
    // The digest of what is served, and beside it that of what was fetched.
    expect(made.sha256).toBeDefined();
    expect(made.weights).toMatchObject({
      bytes: checkpoint.length,
      sha256: createHash('sha256').update(checkpoint).digest('hex'),
    });
    expect(await readdir(models)).toEqual(['reef']);
  }, 240_000);
});
