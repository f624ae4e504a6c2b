/** Reading what a file declares of its inputs and outputs, for adapters that accept or refuse them. Pure, like they are. */

/** One input or output as the ONNX file declares it; a free axis is its symbolic name, or `-1`/'' when nameless. */
export interface TensorInfo {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

/** The length that the file froze an axis at, or null where it is free (or not there). */
export function frozenAxis(axis: number | string | undefined): number | null {
  return typeof axis === 'number' && axis > 0 ? axis : null;
}

/** As messages name it: `images float32 [batch, 3, 640, 640]`. */
export function formatTensorInfo({ name, type, shape }: TensorInfo): string {
  const axes = shape.map(
    (axis) => frozenAxis(axis) ?? (typeof axis === 'string' && axis !== '' ? axis : '?'),
  );
  return `${name} ${type} [${axes.join(', ')}]`;
}

/** Several of them, or 'none'. */
export function formatTensorInfos(infos: readonly TensorInfo[]): string {
  return infos.map(formatTensorInfo).join(', ') || 'none';
}
