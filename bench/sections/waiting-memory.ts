/** What a gateway holds for clients that wait: their sockets, and nothing of their pictures, which are in Redis. */
import { requestCollection } from '../../tests/support/garbage.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { BenchStack } from '../bench-stack.ts';
import { nullPictureBytes } from '../null-picture.ts';

export interface WaitingMemory {
  readonly clients: number;
  readonly uploadBytes: number;
  /** Growth of the gateway's memory, inside and outside of V8's heap, for each client that waits. */
  readonly bytesPerClient: number;
}

const settleMs = 1_000;

export async function measureWaitingMemory(
  bench: BenchStack,
  clients: number,
  uploadBytes: number,
): Promise<WaitingMemory> {
  const model = 'null-slow';
  // Slower than the measurement: nobody is answered before it is over.
  const worker = await bench.startNullWorker(model, 600_000);
  const dispatcher = new Agent({ connections: null, headersTimeout: 0, bodyTimeout: 0 });
  const left = new AbortController();
  const bytes = nullPictureBytes(uploadBytes);
  const ask = () =>
    request(`${bench.url}/v1/predictions?model=${model}`, {
      dispatcher,
      method: 'POST',
      headers: { 'content-type': 'image/jpeg' },
      body: bytes,
      signal: left.signal,
    }).catch(() => undefined);
  const waiting: Promise<unknown>[] = [];
  const add = async (count: number): Promise<void> => {
    for (let batch = 0; batch < count; batch += 20) {
      for (let n = 0; n < Math.min(20, count - batch); n += 1) waiting.push(ask());
      await sleep(50);
    }
    await sleep(settleMs);
  };
  try {
    // As many as its memory was never used for before.
    await add(clients);
    const before = await heldBytes(bench);
    await add(clients);
    const after = await heldBytes(bench);
    return { clients, uploadBytes, bytesPerClient: (after - before) / clients };
  } finally {
    left.abort();
    await Promise.all(waiting);
    await dispatcher.destroy();
    await worker.kill();
  }
}

/** Without what nobody holds any more: V8 may leave that for a long time. */
async function heldBytes({ url, stack }: BenchStack): Promise<number> {
  requestCollection(stack.gateway);
  await sleep(settleMs);
  const metrics = await (await request(`${url}/metrics`)).body.text();
  const figure = (name: string) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(metrics)?.[1]);
  return figure('nodejs_heap_size_used_bytes') + figure('nodejs_external_memory_bytes');
}
