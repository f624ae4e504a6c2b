import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { listGpus, visibleGpus } from './list-gpus.ts';

/** A PATH with a driver's tool that prints this and ends so. */
function pathWith(output: string, status = 0): string {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-smi-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'nvidia-smi');
  writeFileSync(file, `#!/bin/sh\nprintf '${output}'\nexit ${status}\n`);
  chmodSync(file, 0o755);
  return `${folder}:${process.env['PATH']}`;
}

test('the GPUs are those of the driver’s tool, in its order', async () => {
  expect(await listGpus({ PATH: pathWith('GPU-b1\\nGPU-a2\\n') })).toEqual(['GPU-b1', 'GPU-a2']);
});

test('without the tool, or when it fails, there are none', async () => {
  expect(await listGpus({ PATH: '/nowhere' })).toEqual([]);
  expect(await listGpus({ PATH: pathWith('No devices were found\\n') })).toEqual([]);
  expect(await listGpus({ PATH: pathWith('GPU-a\\n', 9) })).toEqual([]);
});

test.each([
  [undefined, ['GPU-a1', 'GPU-b2', 'GPU-b3']],
  ['2,0', ['GPU-b3', 'GPU-a1']],
  ['GPU-b2', ['GPU-b2']],
  ['1,7,0', ['GPU-b2']],
  ['-1', []],
  ['', []],
])('CUDA_VISIBLE_DEVICES=%s leaves %j', (visible, left) => {
  expect(visibleGpus(['GPU-a1', 'GPU-b2', 'GPU-b3'], visible)).toEqual(left);
});
