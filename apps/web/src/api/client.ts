/**
 * The two questions that the page asks, through the client library. Addresses are relative to the page's own, so a path
 * prefix in front of the gateway needs no setting. Each question is asked once: who asks again, and when, is decided
 * where people see it. Every way to fail comes out as a RequestFailure; words for people are made elsewhere.
 */
import { ShoalClient, ShoalError, type OpenPrediction } from '@shoal/client';
import { parseModels, parsePrediction, type LiveModel, type Prediction } from './wire.ts';

const MODELS_BUDGET_MS = 8_000;

export class RequestFailure extends Error {
  /** A code of the server's table, one of the client library's, or `picture_unreadable`. */
  readonly code: string;
  /** Whole seconds after which the server says that it is worth trying again. */
  readonly retryAfterS: number | undefined;

  constructor(code: string, message: string, retryAfterS?: number) {
    super(message);
    this.name = 'RequestFailure';
    this.code = code;
    this.retryAfterS = retryAfterS;
  }
}

export interface Answer {
  readonly prediction: Prediction;
  /** The body as the server sent it, for showing and saving. */
  readonly body: unknown;
}

export interface Question {
  readonly picture: Blob;
  readonly pictureName: string;
  readonly modelName: string;
  /** Detections below it are not sent back, 0 to 1. */
  readonly minScore: number;
  readonly priority: 'normal' | 'low';
  /** The same for every repetition of the same question. */
  readonly idempotencyKey: string;
  readonly apiKey: string | undefined;
  /** Aborting cancels on the server, too. */
  readonly signal: AbortSignal;
  readonly onState: (state: OpenPrediction) => void;
}

let client: { readonly apiKey: string | undefined; readonly shoal: ShoalClient } | undefined;

/** The key goes in a header and never in the address, which ends up in histories and logs. */
function clientWith(apiKey: string | undefined): ShoalClient {
  if (client === undefined || client.apiKey !== apiKey) {
    const url = new URL('.', document.baseURI);
    // Of a page that was opened with a name and a password in its address; the browser sends them along by itself.
    url.username = '';
    url.password = '';
    client = { apiKey, shoal: new ShoalClient({ url, apiKey, attemptsMax: 1 }) };
  }
  return client.shoal;
}

/** @throws RequestFailure */
export async function fetchModels(
  apiKey: string | undefined,
  signal: AbortSignal,
): Promise<readonly LiveModel[]> {
  return answered(signal, async () => {
    const models = await clientWith(apiKey).models({ signal, budgetMs: MODELS_BUDGET_MS });
    return parseModels({ models });
  });
}

/** @throws RequestFailure; when `signal` was aborted, its reason */
export async function predict(question: Question): Promise<Answer> {
  const { picture, pictureName, modelName, apiKey, ...options } = question;
  return answered(question.signal, async () => {
    // A person may wait as long as they like, and cancel.
    const terms = { ...options, model: modelName, budgetMs: Infinity };
    const image = { name: pictureName, open: () => picture };
    const body = await clientWith(apiKey).predict(image, terms);
    return { body, prediction: parsePrediction(body) };
  });
}

async function answered<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (signal.aborted) throw error;
    throw asFailure(error);
  }
}

function asFailure(error: unknown): RequestFailure {
  if (!(error instanceof ShoalError)) {
    return new RequestFailure('answer_unreadable', error instanceof Error ? error.message : String(error));
  }
  const { code, message, retryAfterMs } = error;
  const retryAfterS = retryAfterMs === undefined ? undefined : Math.ceil(retryAfterMs / 1000);
  return new RequestFailure(code, message, retryAfterS);
}
