/**
 * The entry of an inference thread whose model does what the first byte of a picture says. The session and the graph
 * are real; only the adapter, our own seam, is made up.
 */
import { existsSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { ModelAdapter } from '../adapter.ts';
import { runWorker } from '../run-worker.ts';

export const behaviours = {
  endsThread: 200,
  throwsOutside: 201,
  throws: 202,
  hangs: 203,
  breaks: 204,
} as const;

/** From then on nothing works, as after a device that is lost. */
let isBroken = false;

const adapter: ModelAdapter = {
  family: 'test',
  describe(_io, manifest) {
    if (manifest.title === 'foreign') throw new Error('expected [n], found something else');
    if (manifest.title === 'ends') process.exit(3);
    // What a device does that is lost while the worker runs.
    const [, what, file] = /^(lost|hangs) when there is (.*)$/.exec(manifest.title ?? '') ?? [];
    if (file !== undefined && existsSync(file)) {
      if (what === 'lost') process.exit(3);
      else hang();
    }
    // eslint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    if (manifest.title === 'watched') parentPort?.postMessage({ 'watch:import': ['file:///adapter.ts'] });
    return {
      labels: ['only'],
      resize: { fit: 'inside', width: 2, height: 2, padValue: 0 },
      maxBatch: 4,
      channels: 'rgb',
      outputs: ['same'],
      layout: undefined,
    };
  },
  pack(images) {
    const numbers = images.map(({ data }) => data[0]!);
    if (numbers.includes(behaviours.endsThread)) process.exit(3);
    if (numbers.includes(behaviours.throwsOutside)) {
      queueMicrotask(() => {
        throw new Error('nobody catches this');
      });
    }
    if (numbers.includes(behaviours.breaks)) isBroken = true;
    if (isBroken) throw new Error('the device is lost');
    if (numbers.includes(behaviours.throws)) throw new Error('this one only');
    if (numbers.includes(behaviours.hangs)) {
      hang();
    }
    return { x: { type: 'float32', data: Float32Array.from(numbers), dims: [numbers.length] } };
  },
  unpack({ same }, items) {
    return items.map((_item, index) => [
      { classId: Number(same!.data[index]), score: 1, box: { x1: 0, y1: 0, x2: 1, y2: 1 } },
    ]);
  },
};

function hang(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
}

await runWorker({ adapter, entry: import.meta.url });
