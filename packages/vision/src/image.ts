/**
 * The picture that a model sees, and how it got there. Pixels and geometry travel together through the worker,
 * so a box can be brought back to the picture that the client sent. Decoding itself happens elsewhere.
 */

/** Interleaved RGB, 8 bits a channel, `width * height * 3` bytes, rows from the top. */
export interface RgbImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * How one picture was fitted into the network's input. All sizes in pixels.
 * `image*` is the upright (EXIF-oriented) picture, `resized*` what it was scaled to, `width` and `height` the
 * network's input after padding, `padLeft` and `padTop` where the resized picture begins in it.
 */
export interface Geometry {
  readonly imageWidth: number;
  readonly imageHeight: number;
  readonly resizedWidth: number;
  readonly resizedHeight: number;
  readonly padLeft: number;
  readonly padTop: number;
  readonly width: number;
  readonly height: number;
}

/** One way of fitting: the declarative half of a model's plan, interpreted by `fitImage`. */
export type ResizePlan =
  | {
      /** Scaled to fit inside, centred, padded to exactly the size (YOLO). The first rule whose `aboveHeight` the picture's height exceeds wins; a rule without one always does. */
      readonly fit: 'letterbox';
      readonly sizes: readonly SizeRule[];
      readonly padValue: number;
    }
  | {
      /** As letterbox, but padded only to the next multiple of `stride`: the smallest rectangle. */
      readonly fit: 'letterbox-min';
      readonly sizes: readonly SizeRule[];
      readonly stride: number;
      readonly padValue: number;
    }
  | {
      /** Shorter edge scaled to `shortEdge` unless the longer one would pass `longEdgeMax` (Detectron2's ResizeShortestEdge); no padding. Several scales give several views of one picture. */
      readonly fit: 'shortest-edge';
      readonly scales: readonly { readonly shortEdge: number; readonly longEdgeMax: number }[];
    }
  | {
      /** A frozen input: scaled to fit inside, padded right and bottom. */
      readonly fit: 'inside';
      readonly width: number;
      readonly height: number;
      readonly padValue: number;
    };

export interface SizeRule {
  readonly width: number;
  readonly height: number;
  readonly aboveHeight?: number | undefined;
}
