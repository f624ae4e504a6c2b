/** Exports for real. Needs a Python with PyTorch: the one that `npm run export-model` made, or one that EXPORT_PYTHON names. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readModelFolder } from '../../packages/worker-runtime/src/model-folder/index.ts';
import { canImport } from './find-python.ts';

const here = import.meta.dirname;
const root = path.join(here, '../..');
const python = [process.env['EXPORT_PYTHON'], path.join(root, '.data/export-python/bin/python')].find(
  (candidate) => candidate !== undefined && existsSync(candidate) && canImport(candidate),
);

function exportModel(...argv: string[]): { status: number | null; stderr: string } {
  const { status, stderr } = spawnSync(
    process.execPath,
    [path.join(here, 'main.ts'), ...argv, '--python', python!],
    { cwd: root, encoding: 'utf8' },
  );
  return { status, stderr };
}

describe.skipIf(python === undefined)(
  'an export (needs EXPORT_PYTHON, or an earlier npm run export-model)',
  () => {
    let folder: string;

    beforeAll(() => {
      folder = mkdtempSync(path.join(tmpdir(), 'shoal-export-'));
      const made = spawnSync(python!, ['-B', path.join(here, 'make_test_checkpoints.py'), folder]);
      if (made.status !== 0) throw new Error(made.stderr.toString());
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    test('is of checkpoints that are armed: loaded the usual way they run what they carry', () => {
      const load = 'import sys, torch; torch.load(sys.argv[1], weights_only=False)';
      spawnSync(python!, ['-c', load, path.join(folder, 'retinanet.pth')]);
      expect(existsSync(path.join(folder, 'ran'))).toBe(true);
      rmSync(path.join(folder, 'ran'));
    }, 120_000);

    test.each(['v5.pt', 'v8.pt'])(
      'of %s is a folder that a worker has run, and nothing of the checkpoint was run',
      async (file) => {
        const to = path.join(folder, `models/${path.parse(file).name}`);
        const { status, stderr } = exportModel(path.join(folder, file), '--to', to, '--license', 'CC0-1.0');
        expect(stderr).toContain('compared with PyTorch: scores differ by at most');
        expect(stderr).toContain('2 together were seen to give what each gives alone');
        expect(status).toBe(0);
        const read = await readModelFolder(to);
        expect(read.manifest).toMatchObject({
          adapter: 'yolo',
          labels: ['crab', 'fish', 'eel'],
          license: 'CC0-1.0',
        });
        expect(existsSync(path.join(folder, 'ran'))).toBe(false);
        expect(readdirSync(path.join(folder, 'models')).filter((name) => name.startsWith('.'))).toEqual([]);
      },
      240_000,
    );

    test('of a RetinaNet takes its sizes and its colours from the configuration, and evaluates nothing of it', async () => {
      writeFileSync(path.join(folder, 'names.txt'), 'crab\nfish\neel\nurchin\n');
      const to = path.join(folder, 'models/retinanet');
      const { status, stderr } = exportModel(
        path.join(folder, 'retinanet.pth'),
        '--config',
        path.join(folder, 'retinanet.yaml'),
        '--labels',
        path.join(folder, 'names.txt'),
        '--to',
        to,
      );
      expect(stderr).toContain('compared with PyTorch');
      expect(status).toBe(0);
      const read = await readModelFolder(to);
      expect(read.manifest).toMatchObject({
        adapter: 'detectron',
        input: { fit: 'shortest-edge', shortEdge: 240, longEdgeMax: 320, channels: 'rgb' },
        labels: ['crab', 'fish', 'eel', 'urchin'],
      });
      expect(existsSync(path.join(folder, 'ran'))).toBe(false);
      expect(existsSync(path.join(root, 'ran'))).toBe(false);
    }, 240_000);

    test('of a checkpoint with another number of classes than its zoo entry says leaves nothing', () => {
      const to = path.join(folder, 'models/wrong');
      const { status, stderr } = exportModel(
        path.join(folder, 'v5.pt'),
        '--like',
        path.join(root, 'zoo/yolov5n'),
        '--to',
        to,
      );
      expect(status).toBe(1);
      expect(stderr).toContain('tells 3 classes apart, and 80 were expected');
      expect(existsSync(to)).toBe(false);
    }, 120_000);

    test('of something that is no checkpoint says so in a sentence', () => {
      const file = path.join(folder, 'text.pt');
      writeFileSync(file, readFileSync(path.join(here, 'README.md')));
      const { status, stderr } = exportModel(file, '--to', path.join(folder, 'models/text'));
      expect(status).toBe(1);
      expect(stderr).toContain('text.pt is no checkpoint that can be read');
      expect(stderr).not.toContain('Traceback');
    }, 120_000);
  },
);
