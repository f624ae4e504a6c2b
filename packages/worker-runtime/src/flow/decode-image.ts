/**
 * Step 8 of the flow: the client's bytes become upright RGB pixels at the sizes that the model wants, together with
 * how they got there. The only file through which sharp reads. It refuses every format but the six that the gateway admits,
 * pictures above the pixel limit (from the header, before a pixel is allocated) and files that end too early; it does
 * not know where the bytes come from, nor what the model does with the pixels.
 */
import { ServiceError } from '@shoal/shared/contract';
import { fitImage } from '@shoal/vision';
import type { Geometry, ResizePlan, RgbImage } from '@shoal/vision';
import sharp from 'sharp';
import type { Metadata, Sharp, SharpOptions } from 'sharp';
import { lacksItsEnd } from './lacks-its-end.ts';
import type { PixelBudget } from './pixel-budget.ts';
import { stripBallast } from './strip-ballast.ts';

// Every upload is a new picture: a cache of earlier operations would hold memory and never be hit.
sharp.cache(false);
// One thread a decode, because decodes run side by side: what counts is pictures a second on all cores together, and
// threads inside each of them would only wait for one another and for the inference.
sharp.concurrency(1);
// libvips finds the loader by content, so the door is closed here and not only where uploads are sniffed: an SVG that
// reaches this process must not run a renderer with its own fonts, files and bugs.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadJpeg',
    'VipsForeignLoadPng',
    'VipsForeignLoadWebp',
    'VipsForeignLoadTiff',
    'VipsForeignLoadHeif',
    'VipsForeignLoadNsgif',
  ],
});

export interface DecodedImage {
  /** Pixels of the upright (EXIF-oriented) picture. */
  readonly width: number;
  readonly height: number;
  /** One picture for each geometry, each alone in its ArrayBuffer, so that it can be transferred to a thread. */
  readonly views: readonly RgbImage[];
  readonly geometries: readonly Geometry[];
  /** The file ends too early: what it lacks is as the decoder leaves it, which is grey. */
  readonly isTruncated?: true;
}

export interface DecodeLimits {
  /** Width times height of the picture, in pixels. */
  readonly imagePixelsMax: number;
  /** Bounds the pictures that lie in memory, over all decodes that share it. */
  readonly heldPixels?: PixelBudget;
  /** A JPEG that ends too early is taken as far as it goes. */
  readonly allowTruncated?: boolean;
}

/** The picture is at fault; the message is for the client who sent it. */
export class ImageError extends ServiceError {
  declare readonly code: 'image_undecodable' | 'image_too_large';

  constructor(code: ImageError['code'], message: string, cause?: unknown) {
    super(code, message, { cause });
    this.name = 'ImageError';
  }
}

/**
 * Decodes an encoded picture and fits it into the network's input, one view for each geometry of the plan. Of an
 * animation or of pages the first is taken, of an AVIF the primary item. Transparency is dropped and not blended, and
 * RGB profiles are ignored, as OpenCV and PIL's `convert('RGB')` do when models are trained.
 * Throws `ImageError`: `image_too_large` above `imagePixelsMax`, `image_undecodable` for everything else.
 */
export async function decodeImage(
  file: Uint8Array,
  resize: ResizePlan,
  limits: DecodeLimits,
): Promise<DecodedImage> {
  const bytes = stripBallast(file);
  const header = await readHeader(bytes);
  const { width, height } = header.autoOrient;
  if (width * height > limits.imagePixelsMax)
    throw new ImageError(
      'image_too_large',
      `the picture has ${width} x ${height} = ${width * height} pixels; at most ${limits.imagePixelsMax} are allowed`,
    );

  const geometries = fitImage(resize, width, height);
  // One pipeline from file to view is the fastest way. It is given up where the pixels are needed more than once, and
  // where there is transparency: libvips would weigh colours by it when it scales, and what lies hidden would turn
  // black.
  const isHeld = geometries.length > 1 || header.hasAlpha;
  const read = async (isTruncated: boolean): Promise<DecodedImage> => {
    const upright = openUpright(bytes, header, limits, isTruncated);
    const source = isHeld ? await holdPixels(upright) : () => upright;
    const views: RgbImage[] = [];
    for (const geometry of geometries) views.push(await toView(source, geometry, resize));
    return { width, height, views, geometries, ...(isTruncated && { isTruncated }) };
  };
  const decode = (): Promise<DecodedImage> =>
    read(false).catch((error: unknown) => {
      if (limits.allowTruncated === true && lacksItsEnd(bytes)) return read(true);
      throw error;
    });
  return limits.heldPixels ? limits.heldPixels.within(width * height * weightOf(header), decode) : decode();
}

/**
 * Every format is held whole sooner or later: by its decoder, or because scaling reads it out of order. That takes up to 8
 * bytes a pixel, and for AVIF up to 18, as measured with pictures of one colour.
 */
const weightOf = ({ format }: Metadata): number => (format === 'heif' ? 3 : 1);

async function readHeader(bytes: Uint8Array): Promise<Metadata> {
  // sharp's own limit is off for this reading alone: it must be able to say how large the picture is.
  const header = await orImageError(() => sharp(bytes, { limitInputPixels: false }).metadata());
  // HEIF is a box that may hold any codec; AV1 is the one that the gateway admits.
  if (header.format === 'heif' && header.compression !== 'av1') throw undecodable(unsupportedFormat);
  return header;
}

function openUpright(bytes: Uint8Array, header: Metadata, limits: DecodeLimits, isTruncated: boolean): Sharp {
  const options: SharpOptions = {
    // 'error' refuses files that end early and data whose checksum is wrong; 'warning' would also refuse JPEGs with a
    // few stray bytes between segments, which cameras write and everybody reads.
    failOn: isTruncated ? 'none' : 'error',
    limitInputPixels: limits.imagePixelsMax,
    // Reference pipelines ignore RGB profiles, and applying one doubles the time. CMYK has no meaning without.
    ignoreIcc: header.space !== 'cmyk',
  };
  return sharp(bytes, options).autoOrient().toColourspace('srgb').removeAlpha();
}

/** Computes a pipeline's pixels; the function that it returns opens them as often as needed. */
async function holdPixels(pipeline: Sharp): Promise<() => Sharp> {
  const { data, info } = await orImageError(() => pipeline.raw().toBuffer({ resolveWithObject: true }));
  const { width, height } = info;
  return () => sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false });
}

async function toView(source: () => Sharp, geometry: Geometry, resize: ResizePlan): Promise<RgbImage> {
  const { width, height, resizedWidth, resizedHeight, padLeft, padTop } = geometry;
  const padValue = 'padValue' in resize ? resize.padValue : 0;
  const resized = await scale(source, geometry, resize);
  const padded = resized.extend({
    left: padLeft,
    top: padTop,
    right: width - padLeft - resizedWidth,
    bottom: height - padTop - resizedHeight,
    background: { r: padValue, g: padValue, b: padValue },
  });
  // Not `toUint8Array`, whose output sharp 0.35.5 never lets go.
  const { data, info } = await orImageError(() => padded.raw().toBuffer({ resolveWithObject: true }));
  if (info.width !== width || info.height !== height)
    throw new Error(`scaled to ${info.width} x ${info.height} and not to ${width} x ${height}`);
  // A copy, since memory that sharp owns cannot be handed over to the inference thread.
  return { data: new Uint8Array(data), width, height };
}

/**
 * Bilinear, as the reference of the model's family does it; boxes depend on that more than on any finer kernel. OpenCV
 * (the letterboxes of YOLO) takes the four pixels around a point, however much it shrinks, while PIL (Detectron2)
 * widens the kernel and so averages. Both enlarge alike.
 */
async function scale(source: () => Sharp, geometry: Geometry, { fit }: ResizePlan): Promise<Sharp> {
  const { imageWidth, imageHeight, resizedWidth, resizedHeight } = geometry;
  const scaleX = resizedWidth / imageWidth;
  const scaleY = resizedHeight / imageHeight;
  if (scaleX === 1 && scaleY === 1) return source();
  if (scaleX > 1 || scaleY > 1) return enlarge(source(), geometry, scaleX, scaleY);
  if (fit === 'shortest-edge' || fit === 'inside')
    // 'fill': the geometry has settled the proportions. Shrinking while loading stops at twice the size, so that the
    // kernel does the last step.
    return source().resize(resizedWidth, resizedHeight, {
      fit: 'fill',
      kernel: 'linear',
      fastShrinkOnLoad: false,
    });
  return samplePoints(source(), scaleX, scaleY, 0);
}

/** The outermost pixels are doubled first: libvips would blend them with a background, OpenCV and PIL repeat them. */
async function enlarge(
  source: Sharp,
  { resizedWidth, resizedHeight }: Geometry,
  scaleX: number,
  scaleY: number,
): Promise<Sharp> {
  const framed = await holdPixels(
    source.extend({ left: 1, top: 1, right: 1, bottom: 1, extendWith: 'copy' }),
  );
  const enlarged = await holdPixels(samplePoints(framed(), scaleX, scaleY, 1));
  return enlarged().extract({ left: 0, top: 0, width: resizedWidth, height: resizedHeight });
}

/** The centre of target pixel i lies at (i + 0.5) / scale - 0.5 of the source, which begins after `frame` pixels. */
function samplePoints(source: Sharp, scaleX: number, scaleY: number, frame: number): Sharp {
  return source.affine(
    [
      [scaleX, 0],
      [0, scaleY],
    ],
    { interpolator: 'bilinear', idx: 0.5 - 0.5 / scaleX - frame, idy: 0.5 - 0.5 / scaleY - frame },
  );
}

async function orImageError<T>(work: () => Promise<T>): Promise<T> {
  try {
    // Called in here, because sharp refuses an empty buffer before there is a promise.
    return await work();
  } catch (error) {
    throw undecodable(reasonOf(error), error);
  }
}

function undecodable(reason: string, cause?: unknown): ImageError {
  return new ImageError('image_undecodable', `the picture cannot be decoded: ${reason}`, cause);
}

const unsupportedFormat =
  'its format is none of JPEG, PNG, WebP, TIFF, AVIF and GIF, or its beginning is broken';

/** libvips talks in many lines about its own parts; a client needs to know which of these it was. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (/unsupported image format/i.test(message)) return unsupportedFormat;
  if (/premature end|unexpected end|bad seek|truncated/i.test(message)) return 'the file ends too early';
  if (/corrupt header/i.test(message)) return 'its header is broken';
  return 'its data are broken';
}
