/**
 * One attempt to deliver: the answer as JSON, signed, to the address that was checked, and what the receiver made of it. How
 * often it is tried is the business of the queue.
 */
import { webhookTimeoutMs, type Result, type WebhookRow } from '@shoal/shared/contract';
import { guardedRequest } from '../outbound/guarded-request.ts';
import { OutboundError } from '../outbound/outbound-error.ts';
import type { Resolver } from '../outbound/resolve-host.ts';
import { signWebhook } from './sign-webhook.ts';

export interface PostOptions {
  readonly allowsPrivate: boolean;
  readonly signal: AbortSignal;
  readonly resolver?: Resolver;
}

/**
 * - `delivered`: the receiver has it
 * - `gone`: the receiver says that it wants none, now or ever
 * - anything else is why this attempt failed, for the log
 */
export type Posted = 'delivered' | 'gone' | { readonly reason: string };

/** Rejects only for what is our own fault. */
export async function postWebhook(
  row: Pick<WebhookRow, 'url' | 'secret'>,
  result: Result,
  { allowsPrivate, signal, resolver }: PostOptions,
): Promise<Posted> {
  const body = JSON.stringify(result);
  try {
    const { status } = await guardedRequest(
      {
        url: new URL(row.url),
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Shoal',
          // Receivers may hold the time against their clock: it is that of the attempt.
          ...signWebhook(result.id, body, row.secret, Date.now()),
        },
        body,
        allowsPrivate,
        timeoutMs: webhookTimeoutMs,
        bytesMax: 0,
        signal,
      },
      resolver,
    );
    if (status >= 200 && status < 300) return 'delivered';
    return status === 410 ? 'gone' : { reason: `the receiver answered ${status}` };
  } catch (error) {
    if (error instanceof OutboundError) return { reason: error.message };
    throw error;
  }
}
