/**
 * Where a picture lands in the network's input: sizes and padding only, as the reference implementations of the model
 * families compute them to the pixel. No pixel is touched here, and no box: see `to-image-box.ts` for the way back.
 */
import type { Geometry, ResizePlan, SizeRule } from './image.ts';
import { roundHalfToEven } from './round-half-to-even.ts';

/**
 * The geometry of every view that `plan` takes of one upright picture (pixels; both sides at least 1).
 * One view, except for 'shortest-edge', which has one a scale. No side of a view is ever less than one pixel, which
 * the references would reach (and fail on) with pictures thousands of times longer than high.
 */
export function fitImage(plan: ResizePlan, imageWidth: number, imageHeight: number): readonly Geometry[] {
  if (!(imageWidth >= 1 && imageHeight >= 1)) {
    throw new RangeError(`a picture has at least 1x1 pixels, this one ${imageWidth}x${imageHeight}`);
  }
  switch (plan.fit) {
    case 'letterbox':
      return [letterbox(imageWidth, imageHeight, sizeFor(plan.sizes, imageHeight))];
    case 'letterbox-min':
      return [letterboxMin(imageWidth, imageHeight, sizeFor(plan.sizes, imageHeight), plan.stride)];
    case 'shortest-edge':
      return plan.scales.map((scale) => shortestEdge(imageWidth, imageHeight, scale));
    case 'inside':
    default:
      return [inside(imageWidth, imageHeight, plan)];
  }
}

/** The first rule whose `aboveHeight` the picture exceeds; a rule without one always fits. */
function sizeFor(rules: readonly SizeRule[], imageHeight: number): SizeRule {
  const rule = rules.find(({ aboveHeight }) => aboveHeight === undefined || imageHeight > aboveHeight);
  if (rule === undefined) throw new RangeError(`no size for a picture ${imageHeight} pixels high`);
  return rule;
}

/** `letterbox(auto=False)` of YOLOv5's utils/augmentations.py. */
function letterbox(imageWidth: number, imageHeight: number, frame: SizeRule): Geometry {
  const { width, height } = frame;
  const resized = scaledInto(imageWidth, imageHeight, frame);
  return {
    imageWidth,
    imageHeight,
    ...resized,
    padLeft: leadingPad(width - resized.resizedWidth),
    padTop: leadingPad(height - resized.resizedHeight),
    width,
    height,
  };
}

/** `letterbox(auto=True)` of the same file: of the padding only the remainder of the stride stays. */
function letterboxMin(imageWidth: number, imageHeight: number, frame: SizeRule, stride: number): Geometry {
  const resized = scaledInto(imageWidth, imageHeight, frame);
  const padX = (frame.width - resized.resizedWidth) % stride;
  const padY = (frame.height - resized.resizedHeight) % stride;
  return {
    imageWidth,
    imageHeight,
    ...resized,
    padLeft: leadingPad(padX),
    padTop: leadingPad(padY),
    width: resized.resizedWidth + padX,
    height: resized.resizedHeight + padY,
  };
}

/** `ResizeShortestEdge.get_output_shape` of detectron2/data/transforms/augmentation_impl.py. */
function shortestEdge(
  imageWidth: number,
  imageHeight: number,
  scale: { readonly shortEdge: number; readonly longEdgeMax: number },
): Geometry {
  const ratio = scale.shortEdge / Math.min(imageWidth, imageHeight);
  // The short edge is set, not multiplied: the product could come out a hair below the half that rounds up.
  let width = imageHeight < imageWidth ? ratio * imageWidth : scale.shortEdge;
  let height = imageHeight < imageWidth ? scale.shortEdge : ratio * imageHeight;
  const longEdge = Math.max(width, height);
  if (longEdge > scale.longEdgeMax) {
    const shrink = scale.longEdgeMax / longEdge;
    width *= shrink;
    height *= shrink;
  }
  const resizedWidth = Math.max(1, Math.floor(width + 0.5));
  const resizedHeight = Math.max(1, Math.floor(height + 0.5));
  return {
    imageWidth,
    imageHeight,
    resizedWidth,
    resizedHeight,
    padLeft: 0,
    padTop: 0,
    width: resizedWidth,
    height: resizedHeight,
  };
}

function inside(
  imageWidth: number,
  imageHeight: number,
  frame: { readonly width: number; readonly height: number },
): Geometry {
  return {
    imageWidth,
    imageHeight,
    ...scaledInto(imageWidth, imageHeight, frame),
    padLeft: 0,
    padTop: 0,
    width: frame.width,
    height: frame.height,
  };
}

function scaledInto(
  imageWidth: number,
  imageHeight: number,
  frame: { readonly width: number; readonly height: number },
): Pick<Geometry, 'resizedWidth' | 'resizedHeight'> {
  const ratio = Math.min(frame.height / imageHeight, frame.width / imageWidth);
  return {
    resizedWidth: Math.max(1, roundHalfToEven(imageWidth * ratio)),
    resizedHeight: Math.max(1, roundHalfToEven(imageHeight * ratio)),
  };
}

/** YOLOv5 writes `round(pad / 2 - 0.1)`, which for whole paddings is: an odd pixel goes right and bottom. */
function leadingPad(pad: number): number {
  return Math.floor(pad / 2);
}
