/** Detections as the files that other programs read: text from plain values. No files, no network, nothing of Node's. */
export { cocoNumbersOf } from './coco-numbers.ts';
export type { CocoNumbers, FormatOptions } from './format-options.ts';
export { writtenPieces, writtenText, type FormatWriter, type LeftOut } from './format-writer.ts';
export { FORMAT_NAMES, FORMATS, formatWriter, type Format, type FormatName } from './formats.ts';
export {
  isAnswered,
  type AnsweredPicture,
  type FailedPicture,
  type PictureResult,
  type PicturePrediction,
  type PredictedDetection,
} from './picture-result.ts';
export { resultsFileName } from './results-file-name.ts';
