/** The output that holds the boxes, among all that exports carry along; and tasks that show by their outputs. */
import { formatTensorInfos } from '@shoal/worker-runtime/adapter';
import type { ModelIo, TensorInfo } from '@shoal/worker-runtime/adapter';

/**
 * The rank-3 output of floats: the one of the usual name where there are several. The raw heads of old YOLOv5
 * exports (rank 5) are passed over; a rank-4 output is the mask prototypes of a segmentation export, and refused.
 */
export function findOutput(io: ModelIo): TensorInfo {
  const found = `found ${formatTensorInfos(io.outputs)}`;
  const protos = io.outputs.find(({ shape }) => shape.length === 4);
  const candidates = io.outputs.filter(
    ({ type, shape }) => /^float(?:16|32)$/.test(type) && shape.length === 3,
  );
  if (protos !== undefined && candidates.length > 0) {
    throw new Error(
      `this is a segmentation export (its output ${protos.name} holds mask prototypes), and only detection is ` +
        `served: expected one output [batch, anchors, 5 + classes] or [batch, 4 + classes, anchors], ${found}`,
    );
  }
  const [first, ...others] = candidates;
  if (first === undefined) {
    throw new Error(
      `expected an output [batch, anchors, 5 + classes], [batch, 4 + classes, anchors] or [batch, n, 6] of floats, ${found}`,
    );
  }
  const named = candidates.find(({ name }) => name === 'output0' || name === 'output');
  if (others.length > 0 && named === undefined) {
    throw new Error(`expected one output of three axes, or one named output0 or output, ${found}`);
  }
  return named ?? first;
}
