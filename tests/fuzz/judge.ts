/**
 * The rules that every answer must keep, whatever was asked: in time, a refusal or a success in the contract's form, and
 * nothing told that is nobody's business. Pure: it sees one case and what came of it.
 */
import { httpStatus } from '../../apps/gateway/src/http-status.ts';
import { errorDataSchema, resultSchema, type ErrorCode } from '../../packages/shared/src/contract/index.ts';
import type { Hostile } from './fuzz-case.ts';
import type { Response } from './parse-response.ts';
import { isHead, type Outcome } from './send-case.ts';

/** What is wrong with it, or undefined when nothing is. */
export function judge(
  hostile: Hostile,
  { end, response, ms }: Outcome,
  withinMs: number,
): string | undefined {
  if (end !== 'answered' && end !== 'left' && hostile.leaves !== true)
    return `${end} after ${Math.round(ms)} ms`;
  if (ms > withinMs) return `took ${Math.round(ms)} ms, at most ${withinMs} are allowed`;
  if (response === undefined) return undefined;
  return (
    judgeStatus(hostile, response) ??
    (response.status >= 400 ? judgeError(hostile, response) : judgeSuccess(hostile, response)) ??
    judgeSecrets(response)
  );
}

function judgeStatus({ expects }: Hostile, { status, body }: Response): string | undefined {
  // Being full is honest, and may happen to everybody.
  if (status === 503 && codeOf(body) === 'overloaded') return undefined;
  if (expects !== undefined) {
    return expects.includes(status)
      ? undefined
      : `is ${status}, expected ${expects.join(' or ')}: ${show(body)}`;
  }
  const isHonest = (status >= 200 && status < 300) || (status >= 400 && status < 500);
  return isHonest ? undefined : `is ${status}: ${show(body)}`;
}

/** Statuses of HTTP itself, whose code is that of the nearest refusal. */
const unreadable = new Set([400, 408, 413, 414, 417, 431]);

function judgeError(hostile: Hostile, { status, headers, body }: Response): string | undefined {
  if (isHead(hostile)) return undefined;
  const json = parse(body) as { error?: unknown } | undefined;
  const { success, data } = errorDataSchema.safeParse(json?.error);
  if (!success) return `${status} is not in the form of an error: ${show(body)}`;
  if (httpStatus[data.code] !== status && !(unreadable.has(status) && httpStatus[data.code] < 500)) {
    return `${status} says ${data.code}, which is ${httpStatus[data.code]}`;
  }
  if (headers.get('x-request-id') === undefined) return `${status} has no request id`;
  return status === 503 && headers.get('retry-after') === undefined ? '503 has no Retry-After' : undefined;
}

function judgeSuccess({ answer = 'ours' }: Hostile, { status, body }: Response): string | undefined {
  if (answer === 'other' || status !== 200) return undefined;
  const json = parse(body);
  const isRight = { ours: isOurAnswer, legacy: isLegacyAnswer, refused: holdsErrorsOnly }[answer](json);
  return isRight ? undefined : `200 is not in the form of an answer: ${show(body)}`;
}

type Predictions = { readonly predictions?: readonly { readonly error?: unknown }[] } | undefined;

const isError = ({ error }: { readonly error?: unknown }): boolean =>
  errorDataSchema.safeParse(error).success;
const isResult = (json: unknown): boolean => resultSchema.safeParse(json).success;

/** Of one picture, or of each in a list. */
const isOurAnswer = (json: unknown): boolean =>
  isResult(json) ||
  (json as Predictions)?.predictions?.every((one) => isResult(one) || isError(one)) === true;

const holdsErrorsOnly = (json: unknown): boolean =>
  (json as Predictions)?.predictions?.every(isError) === true;

function isLegacyAnswer(json: unknown): boolean {
  const { success, predictions } = (json ?? {}) as { success?: unknown; predictions?: unknown };
  return success === true && Array.isArray(predictions);
}

/** Stacks, files of ours and keys of Redis; what a client sent may come back, and none sends these. */
const secrets = /\n\s+at |node_modules|\.ts:\d|file:\/\/|\{shoal\}|upload:[0-9a-f]{8}-/;

function judgeSecrets({ status, body }: Response): string | undefined {
  const found = secrets.exec(body.toString('latin1', 0, 100_000));
  return status >= 400 && found !== null ? `${status} tells of the inside: ${found[0]}` : undefined;
}

export function codeOf(body: Buffer): ErrorCode | undefined {
  return errorDataSchema.safeParse((parse(body) as { error?: unknown } | undefined)?.error).data?.code;
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

const show = (body: Buffer): string => JSON.stringify(body.toString('latin1', 0, 300));
