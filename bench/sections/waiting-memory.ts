/** What a gateway holds for clients that wait: their sockets, and nothing of their pictures, which are in Redis. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { BenchStack } from '../bench-stack.ts';
import { nullPictureBytes } from '../null-picture.ts';

export interface WaitingMemory {
  readonly clients: number;
  readonly uploadBytes: number;
  /** Growth of the gateway's resident memory for each client that waits. */
  readonly bytesPerClient: number;
}

const settleMs = 2_000;

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
    const before = residentBytes(bench.stack.gateway.pid);
    await add(clients);
    const after = residentBytes(bench.stack.gateway.pid);
    return { clients, uploadBytes, bytesPerClient: (after - before) / clients };
  } finally {
    left.abort();
    await Promise.all(waiting);
    await dispatcher.destroy();
    await worker.kill();
  }
}

function residentBytes(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1]);
}
