/**
 * The sizes at which this model sees pictures: the file's where it froze them, else the manifest's, else Detectron2's
 * own defaults. Every contradiction between the two is an error with both values.
 */
import type { Manifest } from '@shoal/worker-runtime/adapter';
import type { ResizePlan } from '@shoal/vision';

/** INPUT.MIN_SIZE_TEST and INPUT.MAX_SIZE_TEST of detectron2/config/defaults.py. */
const shortEdgeDefault = 800;
const longEdgeMaxDefault = 1333;

const padValue = 0;

/** `height` and `width` are the file's, null where it leaves them free. */
export function planResize(
  height: number | null,
  width: number | null,
  input: Manifest['input'],
): ResizePlan {
  refuseForeign(input);
  if (height !== null && width !== null) {
    agreeWithFrozen(height, width, input);
    return { fit: 'inside', width, height, padValue };
  }
  if (height !== null || width !== null) {
    throw new Error(
      `expected height and width both free or both frozen, found ${width ?? 'any'}x${height ?? 'any'} (width x height)`,
    );
  }
  for (const side of ['width', 'height'] as const) {
    if (input[side] !== undefined) {
      throw new Error(
        `input.${side} is ${input[side]} in the manifest, but the file leaves it free; ` +
          'give shortEdge and longEdgeMax, or scales',
      );
    }
  }
  return { fit: 'shortest-edge', scales: input.scales ?? [scaleOf(input)] };
}

function scaleOf(input: Manifest['input']): { shortEdge: number; longEdgeMax: number } {
  return {
    shortEdge: input.shortEdge ?? shortEdgeDefault,
    longEdgeMax: input.longEdgeMax ?? longEdgeMaxDefault,
  };
}

function refuseForeign(input: Manifest['input']): void {
  if (input.fit !== undefined && input.fit !== 'shortest-edge') {
    throw new Error(`input.fit is ${input.fit} in the manifest; the family detectron takes shortest-edge`);
  }
  for (const key of ['sizes', 'stride'] as const) {
    if (input[key] !== undefined) throw new Error(`input.${key} has no meaning for the family detectron`);
  }
  if (input.scales !== undefined && (input.shortEdge !== undefined || input.longEdgeMax !== undefined)) {
    throw new Error(
      'input.scales and input.shortEdge or input.longEdgeMax say the same thing twice; keep one of them',
    );
  }
}

/** A frozen file has one view of one size; the manifest may repeat it, but not say otherwise. */
function agreeWithFrozen(height: number, width: number, input: Manifest['input']): void {
  const frozen = `the file's input is frozen at ${width}x${height} (width x height)`;
  if (input.width !== undefined && input.width !== width) {
    throw new Error(`input.width is ${input.width} in the manifest, but ${frozen}`);
  }
  if (input.height !== undefined && input.height !== height) {
    throw new Error(`input.height is ${input.height} in the manifest, but ${frozen}`);
  }
  const { shortEdge, longEdgeMax } = input;
  if (input.scales !== undefined) {
    throw new Error(`input.scales lists ${input.scales.length} sizes in the manifest, but ${frozen}`);
  }
  if (shortEdge !== undefined && shortEdge !== Math.min(height, width)) {
    throw new Error(`input.shortEdge is ${shortEdge} in the manifest, but ${frozen}`);
  }
  if (longEdgeMax !== undefined && longEdgeMax < Math.max(height, width)) {
    throw new Error(`input.longEdgeMax is ${longEdgeMax} in the manifest, but ${frozen}`);
  }
}
