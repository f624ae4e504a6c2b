/**
 * Step 3, its second half: how the caller wants to be served. Header fields say how it waits, and fields of the form how
 * urgent the prediction is and until when it makes sense. What it asks of the model is read by `read-options`.
 */
import type { IncomingHttpHeaders } from 'node:http';
import {
  ServiceError,
  idempotencyTtlMs,
  priorities,
  prioritySchema,
  waitedResultTtlMs,
  webhookResultTtlMs,
  type Priority,
  type Settings,
  type Webhook,
} from '@shoal/shared/contract';
import { checkWebhook } from '../webhooks/check-webhook.ts';
import type { Upload } from './read-upload.ts';
import type { RequestForm } from './request-form.ts';

export interface Terms {
  /** How long the caller waits; after that it is told where to look for the answer. */
  readonly waitMs: number;
  readonly deadlineMs: number;
  /** For how long the answer is kept once it is there, and with it the key. */
  readonly keepMs: number;
  readonly priority: Priority;
  readonly idempotencyKey?: string;
  readonly webhook?: Webhook;
}

/** Fields of a request that are terms, and no options. */
export const termFields = ['priority', 'deadlineMs', 'keepMs', 'webhook', 'webhookSecret'];
const deadlineMsMin = 100;

/** The terms, and the fields that are left for others to read. */
export function readTerms(
  headers: IncomingHttpHeaders,
  fields: Upload['fields'],
  form: RequestForm,
  settings: Settings,
): { terms: Terms; rest: Upload['fields'] } {
  const waitMsMax = settings.SHOAL_DEADLINE_MS;
  if (!form.takesTerms) {
    const terms = { waitMs: waitMsMax, deadlineMs: waitMsMax, keepMs: waitedResultTtlMs } as const;
    return { terms: { ...terms, priority: 'normal' }, rest: fields };
  }
  const { isAsync, waitS } = readPreferences(headers.prefer);
  const waitMs = Math.min(waitMsMax, waitS === undefined ? (isAsync ? 0 : waitMsMax) : waitS * 1000);
  const usualDeadlineMs = isAsync ? settings.SHOAL_ASYNC_DEADLINE_MS : settings.SHOAL_DEADLINE_MS;
  const deadlineMs =
    readMs(fields, 'deadlineMs', deadlineMsMin, settings.SHOAL_DEADLINE_MAX_MS) ?? usualDeadlineMs;
  const idempotencyKey = readIdempotencyKey(headers['idempotency-key']);
  const webhook = readWebhook(fields, settings);
  const isFetched = webhook !== undefined || waitMs < deadlineMs;
  const usualKeepMs = Math.max(
    isFetched ? settings.SHOAL_RESULT_TTL_MS : 0,
    idempotencyKey === undefined ? 0 : idempotencyTtlMs,
  );
  return {
    terms: {
      waitMs,
      deadlineMs,
      keepMs: Math.max(
        waitedResultTtlMs,
        webhook === undefined ? 0 : webhookResultTtlMs,
        readMs(fields, 'keepMs', waitedResultTtlMs, idempotencyTtlMs) ?? usualKeepMs,
      ),
      priority: readPriority(fields.get('priority')),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      ...(webhook && { webhook }),
    },
    rest: new Map([...fields].filter(([name]) => !termFields.includes(name))),
  };
}

/** The two preferences of RFC 7240 that mean something here; all others are ignored, as it says. */
export function readPreferences(header: string | string[] | undefined): {
  isAsync: boolean;
  waitS?: number;
} {
  const preferences = [header ?? []]
    .flat()
    .join(',')
    .split(',')
    .map((preference) => preference.trim().toLowerCase());
  const wait = preferences
    .map((preference) => /^wait\s*=\s*"?(\d{1,6})"?$/.exec(preference)?.[1])
    .find(Boolean);
  return {
    isAsync: preferences.includes('respond-async'),
    ...(wait !== undefined && { waitS: Number(wait) }),
  };
}

function readMs(fields: Upload['fields'], name: string, minMs: number, maxMs: number): number | undefined {
  const value = fields.get(name);
  if (value === undefined) return undefined;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= minMs && number <= maxMs) {
    return number;
  }
  throw new ServiceError(
    'options_invalid',
    `${name}: expected whole milliseconds from ${minMs} to ${maxMs}, came ${show(value)}`,
  );
}

function readPriority(value: unknown): Priority {
  if (value === undefined) return 'normal';
  const parsed = prioritySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ServiceError(
    'options_invalid',
    `priority: expected ${priorities.join(', ')}, came ${show(value)}`,
  );
}

function readIdempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && /^[\u0021-\u007e]{1,255}$/.test(header)) return header;
  throw new ServiceError('options_invalid', 'Idempotency-Key: expected 1 to 255 visible ASCII characters');
}

function readWebhook(fields: Upload['fields'], settings: Settings): Webhook | undefined {
  const url = fields.get('webhook');
  const secret = fields.get('webhookSecret');
  if (url === undefined && secret === undefined) return undefined;
  return checkWebhook(url, secret, settings);
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 80);
}
