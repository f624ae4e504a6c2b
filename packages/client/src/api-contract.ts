/**
 * What the server sends and takes, written by `npm run client-types` from the description of its API. Do not edit: change what is
 * described, and run it again.
 */

/** Corners in pixels of the upright (EXIF-oriented) picture, the origin at its upper left corner. */
export interface Box {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

export interface CanceledPrediction {
  readonly id: string;
  readonly error: Error;
  readonly status: 'canceled';
}

export interface Detection {
  /** Name of the class; `class_7` where the model has no name for it. */
  readonly label: string;
  /** Index of the class in the model's labels. */
  readonly classId: number;
  /** 0 to 1. */
  readonly score: number;
  readonly box: Box;
}

export interface Error {
  readonly code: ErrorCode;
  readonly message: string;
}

export interface ErrorBody {
  /** Of a prediction that was accepted before it failed. */
  readonly id?: string;
  /** How that prediction ended. */
  readonly status?: 'failed' | 'canceled' | 'expired';
  readonly error: Error;
}

export type ErrorCode =
  | 'upload_missing'
  | 'options_invalid'
  | 'unauthorized'
  | 'model_unknown'
  | 'prediction_unknown'
  | 'route_unknown'
  | 'method_not_allowed'
  | 'upload_timeout'
  | 'upload_too_large'
  | 'media_type_unsupported'
  | 'image_undecodable'
  | 'image_too_large'
  | 'idempotency_key_reused'
  | 'rate_limited'
  | 'canceled'
  | 'overloaded'
  | 'model_unavailable'
  | 'redis_unavailable'
  | 'shutting_down'
  | 'deadline_exceeded'
  | 'upload_lost'
  | 'model_failed'
  | 'internal';

export interface ExpiredPrediction {
  readonly id: string;
  readonly error: Error;
  readonly status: 'expired';
}

export interface FailedPrediction {
  readonly id: string;
  readonly error: Error;
  readonly status: 'failed';
}

export type FinalPrediction = SucceededPrediction | FailedPrediction | CanceledPrediction | ExpiredPrediction;

export interface Model {
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Further names that requests may use. */
  readonly aliases: readonly string[];
  readonly task: 'detection';
  /** The manifest's, or the first digits of the model file's SHA-256. */
  readonly version: string;
  /** Names of the classes by their index. */
  readonly labels: readonly string[];
  /** What holds where a request does not say. */
  readonly defaults: {
    readonly minScore: number;
    readonly iou: number;
    readonly maxDetections: number;
    readonly classAgnostic: boolean;
  };
  /** How pictures are fitted, as far as the manifest says. */
  readonly input: {
    readonly fit?: 'letterbox' | 'letterbox-min' | 'shortest-edge';
    readonly width?: number;
    readonly height?: number;
    readonly stride?: number;
    readonly sizes?: readonly {
      readonly width: number;
      readonly height: number;
      readonly aboveHeight?: number;
    }[];
    readonly shortEdge?: number;
    readonly longEdgeMax?: number;
    readonly scales?: readonly {
      readonly shortEdge: number;
      readonly longEdgeMax: number;
    }[];
    readonly channels?: 'rgb' | 'bgr';
  };
  /** Options that the model's file has settled inside: asking for them changes nothing, or only makes them stricter. */
  readonly fixedOptions?: readonly ('minScore' | 'iou' | 'maxDetections' | 'classAgnostic')[];
  /** `away`: the model is known, and no worker serves it at present. */
  readonly state: 'loading' | 'ready' | 'failed' | 'away';
  /** Why it failed, or what its workers disagree about. */
  readonly reason?: string;
  readonly workers: readonly {
    readonly id: string;
    readonly device: string;
    readonly state: 'loading' | 'ready' | 'failed';
    /** Why it failed. */
    readonly reason?: string;
  }[];
  readonly queue: {
    /** Pictures that no worker has taken. */
    readonly waiting: number;
    /** Pictures that workers are at. */
    readonly active: number;
    /** For how long the first of those that wait has waited. */
    readonly oldestMs: number;
  };
}

export interface ModelList {
  readonly models: readonly Model[];
}

export interface OpenPrediction {
  readonly id: string;
  readonly status: 'queued' | 'running';
  /** 1 for the next of its class. */
  readonly place: number;
  /** Until it is done; absent while nobody knows. */
  readonly estimatedMs?: number;
}

export interface PredictionList {
  readonly predictions: readonly (OpenPrediction | FinalPrediction | RefusedPicture)[];
}

export interface PredictionOptions {
  /** Detections below this score are left out. */
  readonly minScore?: number;
  /** Of two boxes that overlap by more than this, the better one stays. Models whose file suppresses by itself take no notice of it. */
  readonly iou?: number;
  /** No more than this many, the best ones. */
  readonly maxDetections?: number;
  /** Only these classes, by name. */
  readonly classes?: readonly string[];
  /** Take a JPEG that ends too early as far as it goes, and say so in `warnings` of the answer. */
  readonly allowTruncated?: boolean;
}

export interface PredictionRequest {
  /** Name or alias of a model. */
  readonly model: string;
  /** The picture as base64, as a data URI, or a URL of it, where the server allows that. A list of them is a prediction each. */
  readonly image: string | readonly string[];
  /** Detections below this score are left out. */
  readonly minScore?: number;
  /** Of two boxes that overlap by more than this, the better one stays. Models whose file suppresses by itself take no notice of it. */
  readonly iou?: number;
  /** No more than this many, the best ones. */
  readonly maxDetections?: number;
  /** Only these classes, by name. */
  readonly classes?: readonly string[];
  /** Take a JPEG that ends too early as far as it goes, and say so in `warnings` of the answer. */
  readonly allowTruncated?: boolean;
  /** How urgent it is. A busy worker does more of the urgent, and some of each. */
  readonly priority?: 'high' | 'normal' | 'low';
  /** After this many milliseconds it ends with `deadline_exceeded`; at most what `SHOAL_DEADLINE_MAX_MS` says. */
  readonly deadlineMs?: number;
  /** For how many milliseconds the answer is kept once it is there, and with it what an `Idempotency-Key` stands for. Who sends many pictures with keys and takes the answers at once spares the queue most of its room by a small one. */
  readonly keepMs?: number;
  /** Where the answer is posted as soon as it is written. */
  readonly webhook?: string;
  /** What the webhook is signed with: `whsec_` and 24 to 64 random bytes as base64. Not needed where the server has one. */
  readonly webhookSecret?: string;
}

export interface RefusedPicture {
  readonly status: 'failed';
  readonly error: Error;
}

export interface SucceededPrediction {
  readonly id: string;
  readonly status: 'succeeded';
  readonly task: 'detection';
  readonly model: {
    readonly name: string;
    /** The manifest's, or the first digits of the model file's SHA-256. */
    readonly version: string;
  };
  /** What computed it, as `cpu` or `cuda:0`. */
  readonly device: string;
  /** Pixels of the upright (EXIF-oriented) picture. */
  readonly image: {
    readonly width: number;
    readonly height: number;
  };
  /** What should be known of this answer; absent where there is nothing to say. */
  readonly warnings?: readonly {
    readonly code: 'image_truncated';
    readonly message: string;
  }[];
  /** Best score first. Nothing found is an empty list. */
  readonly detections: readonly Detection[];
  readonly timings: Timings;
}

export interface Timings {
  /** From acceptance until a worker took it. */
  readonly queueMs: number;
  /** Bytes to pixels at the size of the model. */
  readonly decodeMs: number;
  /** Waiting for the engine to be free. */
  readonly batchMs: number;
  /** The model, on the whole batch that the picture was in. */
  readonly inferMs: number;
  /** Tensors to detections, of the whole batch. */
  readonly unpackMs: number;
  /** From acceptance to the answer in the worker. */
  readonly totalMs: number;
}
