/**
 * The sizes at which this model sees pictures: the file's where it froze them, else the manifest's, else the family's
 * usual one. Every contradiction between the two is an error with both values.
 */
import type { Manifest } from '@shoal/worker-runtime/adapter';
import type { ResizePlan, SizeRule } from '@shoal/vision';

type Letterbox = Extract<ResizePlan, { readonly fit: 'letterbox' | 'letterbox-min' }>;

/** What YOLOv5 pads with (utils/augmentations.py), and with it everything trained that way. */
const padValue = 114;
const sizeDefault = 640;
const strideDefault = 32;

/** `height` and `width` are the file's, null where it leaves them free. */
export function planResize(
  height: number | null,
  width: number | null,
  metadata: Readonly<Record<string, string>>,
  input: Manifest['input'],
): Letterbox {
  refuseForeign(input);
  const sizes = input.sizes ?? [
    {
      width: input.width ?? width ?? input.height ?? sizeDefault,
      height: input.height ?? height ?? input.width ?? sizeDefault,
    },
  ];
  for (const size of sizes)
    agreeWithFile(size, height, width, input.sizes === undefined ? 'input' : 'input.sizes');
  const stride = strideOf(metadata, input);
  if (height === null || width === null) {
    for (const size of sizes) agreeWithStride(size, stride, height, width);
  }
  if (input.fit !== 'letterbox-min') return { fit: 'letterbox', sizes, padValue };
  if (height !== null || width !== null) {
    throw new Error(
      `input.fit is letterbox-min in the manifest, which needs free height and width, but the file's input is ` +
        `${width ?? 'any'}x${height ?? 'any'} (width x height)`,
    );
  }
  return { fit: 'letterbox-min', sizes, stride, padValue };
}

function refuseForeign(input: Manifest['input']): void {
  if (input.fit === 'shortest-edge') {
    throw new Error(
      'input.fit is shortest-edge in the manifest; the family yolo takes letterbox or letterbox-min',
    );
  }
  for (const key of ['shortEdge', 'longEdgeMax', 'scales'] as const) {
    if (input[key] !== undefined) throw new Error(`input.${key} has no meaning for the family yolo`);
  }
  if (input.sizes !== undefined && (input.width !== undefined || input.height !== undefined)) {
    throw new Error('input.sizes and input.width or input.height say the same thing twice; keep one of them');
  }
}

function agreeWithFile(size: SizeRule, height: number | null, width: number | null, where: string): void {
  if (width !== null && size.width !== width) {
    throw new Error(`${where}.width is ${size.width} in the manifest, but the file's input is ${width} wide`);
  }
  if (height !== null && size.height !== height) {
    throw new Error(
      `${where}.height is ${size.height} in the manifest, but the file's input is ${height} high`,
    );
  }
}

/** A free side must be a multiple of the stride, or the layers of the network do not fit together. */
function agreeWithStride(size: SizeRule, stride: number, height: number | null, width: number | null): void {
  for (const [side, value, frozen] of [
    ['width', size.width, width],
    ['height', size.height, height],
  ] as const) {
    if (frozen === null && value % stride !== 0) {
      throw new Error(`input.${side} is ${value}, which is not a multiple of the model's stride ${stride}`);
    }
  }
}

function strideOf(metadata: Readonly<Record<string, string>>, input: Manifest['input']): number {
  // One number, or a list of one a head, of which the coarsest counts.
  const told = (metadata['stride'] ?? '').match(/\d+/g)?.map(Number) ?? [];
  const ofFile = Math.max(0, ...told);
  if (input.stride !== undefined && ofFile > 0 && input.stride % ofFile !== 0) {
    throw new Error(`input.stride is ${input.stride} in the manifest, but the file says ${ofFile}`);
  }
  return input.stride ?? (ofFile > 0 ? ofFile : strideDefault);
}
