/** The client of a Shoal server, for browsers and Node. */
export type {
  Box,
  Detection,
  EndedPrediction,
  ErrorCode,
  FinalPrediction,
  ModelStatus,
  OpenPrediction,
  Prediction,
  PredictionState,
  Timings,
} from './answer-form.ts';
export type {
  CallOptions,
  Clock,
  MapOptions,
  PredictOptions,
  PredictionOptions,
  Priority,
  QueueOptions,
  Retry,
  ShoalClientOptions,
  SubmitOptions,
} from './call-options.ts';
export type { PredictionEvent } from './follow-events.ts';
export type { ImageBytes, ImageInput, LazyImage } from './image-input.ts';
export type { QueuedPrediction } from './local-queue.ts';
export type { ImageSource, MapFailure, MapItem, MapSuccess } from './map-images.ts';
export { ShoalClient } from './shoal-client.ts';
export { ShoalError } from './shoal-error.ts';
export type { ClientErrorCode, ShoalErrorCode } from './shoal-error.ts';
export type { Statistics } from './statistics.ts';
