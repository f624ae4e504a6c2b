/** The model that the worked example of `docs/adding-a-model.md` serves, small enough to be written by a test. */
import type { OnnxGraph } from '../../packages/worker-runtime/src/testing/onnx-file.ts';

/** Three boxes, scored by the contrast of the picture: something in every scene, nothing in a blank one. */
export const lightsGraph: OnnxGraph = {
  inputs: [{ name: 'pixels', type: 'float32', shape: ['batch', 3, 96, 96] }],
  outputs: [
    { name: 'boxes', type: 'float32', shape: ['batch', 3, 4] },
    { name: 'scores', type: 'float32', shape: ['batch', 3, 2] },
  ],
  nodes: [
    { op: 'ReduceMax', inputs: ['pixels'], outputs: ['high'], attributes: { axes: [1, 2, 3], keepdims: 0 } },
    { op: 'ReduceMin', inputs: ['pixels'], outputs: ['low'], attributes: { axes: [1, 2, 3], keepdims: 0 } },
    { op: 'Sub', inputs: ['high', 'low'], outputs: ['flat'] },
    { op: 'Reshape', inputs: ['flat', 'column'], outputs: ['contrast'] },
    { op: 'Mul', inputs: ['contrast', 'weights'], outputs: ['scores'] },
    { op: 'Mul', inputs: ['contrast', 'zero'], outputs: ['nothing'] },
    { op: 'Add', inputs: ['nothing', 'corners'], outputs: ['boxes'] },
  ],
  constants: [
    { name: 'column', type: 'int64', dims: [3], data: BigInt64Array.of(-1n, 1n, 1n) },
    { name: 'zero', type: 'float32', dims: [1, 1, 1], data: Float32Array.of(0) },
    { name: 'weights', type: 'float32', dims: [1, 3, 2], data: Float32Array.of(0.9, 0.02, 0.1, 0.8, 0.7, 0) },
    {
      name: 'corners',
      type: 'float32',
      dims: [1, 3, 4],
      data: Float32Array.of(0.3, 0.3, 0.5, 0.5, 0.5, 0.5, 0.7, 0.7, 0.31, 0.3, 0.5, 0.5),
    },
  ],
};
