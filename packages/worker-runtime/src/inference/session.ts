/**
 * The ONNX runtime, and the only file that knows it. A session is opened on a file and then turns tensors into
 * tensors; which tensors, and what they mean, is the adapter's.
 */
import { readFile } from 'node:fs/promises';
import type * as OnnxRuntime from 'onnxruntime-node';
import type { ModelIo, Tensor, TensorInfo, Tensors } from '../adapter.ts';
import type { Device } from './inference-protocol.ts';
import { readOnnxMetadata } from './onnx-metadata.ts';

export interface SessionOptions {
  readonly device: Device;
  /** Threads inside one `run`; 0 or absent lets the runtime choose. */
  readonly intraOpThreads?: number;
  /** Settings of the runtime over those made here: for measuring what they bring. */
  readonly tuning?: Readonly<Record<string, unknown>>;
}

export interface Session {
  readonly io: ModelIo;
  /** Blocks this thread while it computes, in spite of the Promise. Fetches `outputs` only; without it, all. */
  run(feeds: Tensors, outputs?: readonly string[]): Promise<Tensors>;
  release(): Promise<void>;
}

/** Throws an Error that names the reason when the file is not there, not ONNX or not loadable on the device. */
export async function openSession(modelPath: string, options: SessionOptions): Promise<Session> {
  // The file's own words come first: its error for what is not ONNX is clearer than the runtime's.
  const metadata = readOnnxMetadata(await readFile(modelPath));
  const ort = await loadRuntime();
  const session = await ort.InferenceSession.create(modelPath, {
    executionProviders: [providerOf(options.device)],
    ...threading(options.intraOpThreads),
    // Warnings of graph optimisers are about the exporter's work, not about ours.
    logSeverityLevel: 3,
    ...options.tuning,
  }).catch((error: unknown) => {
    throw new Error(`the ONNX runtime cannot load the model: ${reasonOf(error)}`, { cause: error });
  });
  return {
    io: {
      inputs: session.inputMetadata.map(toTensorInfo),
      outputs: session.outputMetadata.map(toTensorInfo),
      metadata,
    },
    async run(feeds, outputs) {
      const inputs = Object.entries(feeds).map(([name, { type, data, dims }]) => {
        // The overloads of the constructor cannot be chosen by a union; the runtime checks type against data.
        const tensor = new ort.Tensor(type as 'float32', data as Float32Array, dims);
        return [name, tensor] as const;
      });
      const results = await (outputs === undefined
        ? session.run(Object.fromEntries(inputs))
        : session.run(Object.fromEntries(inputs), [...outputs]));
      return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, toTensor(value)]));
    },
    release: () => session.release(),
  };
}

/**
 * Threads of a session wait for each other in a loop, and by default go on with that long after a run, on cores that others
 * need. Within a run it pays, since a thread that sleeps has to be woken for the next node (`bench/sessions.ts`).
 */
function threading(intraOpThreads = 0): OnnxRuntime.InferenceSession.SessionOptions {
  const spinning = {
    extra: { session: { force_spinning_stop: '1', intra_op: { spin_duration_us: '1000' } } },
  };
  if (intraOpThreads === 0) return spinning;
  return { intraOpNumThreads: intraOpThreads, ...(intraOpThreads > 1 ? spinning : {}) };
}

/** Alone in its list: the runtime would otherwise come down to the CPU without a word. */
function providerOf(device: Device): 'cpu' | { name: 'cuda'; deviceId: number } {
  return device === 'cpu' ? 'cpu' : { name: 'cuda', deviceId: Number(device.slice('cuda:'.length)) };
}

/**
 * With `Float16Array` defined, onnxruntime-node finds no data in float16 tensors; without it, it takes and gives raw
 * bits in a `Uint16Array`. It looks when it is loaded, so the global is hidden before, in this thread only.
 */
async function loadRuntime(): Promise<typeof OnnxRuntime> {
  Reflect.deleteProperty(globalThis, 'Float16Array');
  return import('onnxruntime-node');
}

/** The runtime's own words without the paths of files and of its sources, which mean nothing to who reads them. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message
    .replace(/^.*?(CUDA failure \d+: [^;]+?) *;.*$/s, '$1')
    .replace(/^Load model from .*? failed:/, '')
    .replaceAll(/\S*onnxruntime_src\S*:\d+ (?:.*?\) )?/g, '')
    .trim();
}

function toTensorInfo(value: OnnxRuntime.InferenceSession.ValueMetadata): TensorInfo {
  return value.isTensor
    ? { name: value.name, type: value.type, shape: value.shape }
    : { name: value.name, type: 'not a tensor', shape: [] };
}

function toTensor(value: OnnxRuntime.Tensor): Tensor {
  return { type: value.type as Tensor['type'], data: value.data as Tensor['data'], dims: value.dims };
}
