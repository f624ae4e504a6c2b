/**
 * Where a worker computes: what `DEVICE` asks for, or a start that fails and says why. Only `auto` may come down from a
 * GPU to the CPU, and it says so; an operator who asked for CUDA would otherwise pay for a GPU that idles.
 */
import type { Settings } from '@shoal/shared/contract';
import type { GpuStore } from '@shoal/shared/redis';
import type { Logger } from '@shoal/shared/service';
import { Engine, type EngineOptions } from '../inference/engine.ts';
import type { Device } from '../inference/inference-protocol.ts';
import { UnfitModelError } from '../inference/thread.ts';
import { GpuLease } from './gpu-lease.ts';

export interface Place {
  readonly device: Device;
  readonly lease?: GpuLease;
}

/** `gpus` are UUIDs by CUDA index. Without any, `cuda` still tries the first: the driver's tool may be missing. */
export async function choosePlace(
  wanted: Settings['DEVICE'],
  gpus: readonly string[],
  { store, workerId, log }: { store: GpuStore; workerId: string; log: Logger },
): Promise<Place> {
  if (wanted === 'cpu' || (wanted === 'auto' && gpus.length === 0)) return { device: 'cpu' };
  if (gpus.length === 0) return { device: 'cuda:0' };
  const lease = await GpuLease.take(store, gpus, workerId, log);
  return { device: `cuda:${lease.index}`, lease };
}

/** Throws an UnfitModelError with a sentence for a person. */
export async function startEngine(
  wanted: Settings['DEVICE'],
  { device, lease }: Place,
  options: Omit<EngineOptions, 'device'>,
  log: Logger,
): Promise<Engine> {
  try {
    return await Engine.start({ ...options, device });
  } catch (error) {
    if (device === 'cpu' || !(error instanceof UnfitModelError)) throw error;
    if (wanted === 'cuda') {
      throw new UnfitModelError(
        `DEVICE is cuda, and the model cannot be computed on ${device}: ${error.message} (it takes the GPU image, a driver for CUDA 12, and a container that was given the GPU)`,
        { cause: error },
      );
    }
    log.warn({ device, reason: error.message }, 'CUDA cannot be used here: computing on the CPU');
    await lease?.release();
    return Engine.start({ ...options, device: 'cpu' });
  }
}
