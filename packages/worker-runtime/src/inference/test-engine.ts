/**
 * Engines for tests: real threads and a real session, whose adapter does what the number in a picture says. What a test starts ends with
 * it.
 */
import type { Worker } from 'node:worker_threads';
import { afterEach, onTestFinished } from 'vitest';
import type { OnnxGraph } from '../testing/onnx-file.ts';
import { testManifest, testModelPath } from '../testing/test-model.ts';
import { Engine, type EngineOptions } from './engine.ts';
import type { InferenceInput } from './inference-protocol.ts';
import type { behaviours as ofThread } from './test-thread.ts';

// Its types only: the file itself would start a worker.
export const behaviours: typeof ofThread = {
  endsThread: 200,
  throwsOutside: 201,
  throws: 202,
  hangs: 203,
  breaks: 204,
};
export const modelOf = (nodes: OnnxGraph['nodes']) =>
  testModelPath({
    inputs: [{ name: 'x', type: 'float32', shape: ['n'] }],
    outputs: [{ name: 'same', type: 'float32', shape: ['n'] }],
    nodes,
  });
export const modelPath = modelOf([{ op: 'Identity', inputs: ['x'], outputs: ['same'] }]);
const engines: Engine[] = [];

/** An engine, and what it said of the ends of its threads and of its own. */
export async function startEngine(options: Partial<EngineOptions> = {}) {
  const broken: Error[] = [];
  const ended: Error[] = [];
  const less: string[] = [];
  const engine = await Engine.start({
    entry: new URL('./test-thread.ts', import.meta.url),
    modelPath,
    manifest: testManifest(),
    device: 'cpu',
    intraOpThreads: 1,
    threads: 1,
    hasWide: false,
    batchMax: 4,
    readAllowance: () => ({ cores: 2, bytesFree: Infinity }),
    onLess: (what) => less.push(what),
    inferenceTimeoutMs: 5_000,
    onThreadEnded: (reason) => ended.push(reason),
    onBroken: (reason) => broken.push(reason),
    ...options,
  });
  engines.push(engine);
  return { engine, ended, broken, less };
}

/** Those that are started from now on. What has ended has no number any more. */
export function rememberThreads(): readonly Worker[] {
  const started: Worker[] = [];
  const remember = (thread: Worker) => started.push(thread);
  process.on('worker', remember);
  onTestFinished(() => void process.off('worker', remember));
  return started;
}

afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.close())));

const geometry = {
  imageWidth: 2,
  imageHeight: 2,
  resizedWidth: 2,
  resizedHeight: 2,
  padLeft: 0,
  padTop: 0,
  width: 2,
  height: 2,
};
export const picture = (number: number): InferenceInput => ({
  views: [{ width: 2, height: 2, data: new Uint8Array(12).fill(number) }],
  geometries: [geometry],
  options: { minScore: 0.5, iou: 0.5, maxDetections: 10, classAgnostic: false },
});
export const classIds = async (answer: ReturnType<Engine['run']>) =>
  (await answer).outcomes.map((outcome) => (outcome.ok ? outcome.detections[0]?.classId : outcome.error));
