/**
 * Which GPUs this process may use, in the order in which CUDA numbers them. Asks the driver's own tool, which every GPU
 * container brings along; a machine without the tool has no GPU for us.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** UUIDs by CUDA index, where CUDA counts by the bus, which `inference/engine.ts` sees to. */
export async function listGpus(env: Readonly<NodeJS.ProcessEnv> = process.env): Promise<readonly string[]> {
  try {
    const { stdout } = await promisify(execFile)(
      'nvidia-smi',
      ['--query-gpu=uuid', '--format=csv,noheader'],
      { env, timeout: 20_000 },
    );
    const gpus = stdout.split('\n').flatMap((line) => /^\s*(GPU-\S+)/.exec(line)?.[1] ?? []);
    return visibleGpus(gpus, env['CUDA_VISIBLE_DEVICES']);
  } catch {
    return [];
  }
}

/** What `CUDA_VISIBLE_DEVICES` leaves, in its order: indices or beginnings of UUIDs; CUDA ends at the first unknown one. */
export function visibleGpus(gpus: readonly string[], visible: string | undefined): readonly string[] {
  if (visible === undefined) return gpus;
  const kept: string[] = [];
  for (const token of visible.split(',').map((part) => part.trim())) {
    const gpu = /^\d+$/.test(token)
      ? gpus[Number(token)]
      : gpus.find((uuid) => token !== '' && uuid.startsWith(token));
    if (gpu === undefined) break;
    kept.push(gpu);
  }
  return kept;
}
