/**
 * Whether an answer is a success, by what its contract promises and nothing else: that of `/v1`, or that of the older
 * server's `/predictor`. Texts of servers are made fit for a terminal here.
 */
import type { FormKind } from './request-form.ts';
import type { Failure } from './stress-result.ts';

export interface Answer {
  readonly status: number;
  readonly body: string;
  /** Of a redirect. */
  readonly location?: string | undefined;
}

/** Undefined for a success. */
export function judgeAnswer(form: FormKind, { status, body, location }: Answer): Failure | undefined {
  const json = parseObject(body);
  if (status === 200) {
    if (form === 'legacy' ? isOldSuccess(json) : json?.['status'] === 'succeeded') return undefined;
    // The older server has no statuses for what it could not do.
    if (form === 'legacy' && json?.['success'] === false) {
      return failure(status, codeOf(json) ?? 'success_false', messageOf(json) ?? 'it says success: false');
    }
    return failure(status, 'answer_unexpected', `not an answer of this API: ${body}`);
  }
  const code = codeOf(json);
  if (code !== undefined) return failure(status, code, messageOf(json) ?? '');
  return failure(status, `http_${status}`, foreignMessage(form, status, messageOf(json) ?? body, location));
}

const textMax = 300;

/** One line without control characters, so that no server can move the cursor of whoever reads it. */
export function plainText(text: string): string {
  // eslint-disable-next-line no-control-regex
  const line = text
    .slice(0, 4 * textMax)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  return line.length > textMax ? `${line.slice(0, textMax)}…` : line;
}

function failure(status: number, code: string, message: string): Failure {
  return { status, code: plainText(code), message: plainText(message) };
}

/** Of an answer that is not of our API. */
function foreignMessage(form: FormKind, status: number, text: string, location: string | undefined): string {
  if (location !== undefined) return `it redirects to ${location}, which is not followed`;
  if (form !== 'legacy' && (status === 404 || status === 405)) {
    return 'there is no /v1/predictions below this address; the older server takes --form legacy';
  }
  return text === '' ? 'an empty answer' : text;
}

type Json = Readonly<Record<string, unknown>>;

function parseObject(text: string): Json | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return isObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isOldSuccess = (json: Json | undefined): boolean =>
  json?.['success'] === true && Array.isArray(json['predictions']);

function codeOf(json: Json | undefined): string | undefined {
  const error = json?.['error'];
  return isObject(error) && typeof error['code'] === 'string' ? error['code'] : undefined;
}

/** Ours is in `error.message`; the framework of the older server says `detail`, as text or as a list. */
function messageOf(json: Json | undefined): string | undefined {
  const error = json?.['error'];
  if (isObject(error) && typeof error['message'] === 'string') return error['message'];
  if (typeof error === 'string') return error;
  const detail = json?.['detail'];
  if (detail === undefined) return undefined;
  return typeof detail === 'string' ? detail : JSON.stringify(detail);
}
