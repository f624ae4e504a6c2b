/** The answers of the server under the names by which this library speaks of them. What more a newer server says is let through. */
import type {
  CanceledPrediction,
  ExpiredPrediction,
  FailedPrediction,
  FinalPrediction,
  Model,
  OpenPrediction,
  SucceededPrediction,
} from './api-contract.ts';

export type { Box, Detection, ErrorCode, FinalPrediction, OpenPrediction, Timings } from './api-contract.ts';

/** What was found in a picture. */
export type Prediction = SucceededPrediction;

/** An accepted prediction that ended without an answer. */
export type EndedPrediction = FailedPrediction | CanceledPrediction | ExpiredPrediction;

export type PredictionState = OpenPrediction | FinalPrediction;

export type ModelStatus = Model;
