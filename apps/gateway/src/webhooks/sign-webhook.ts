/**
 * The headers by which a receiver knows that a webhook is ours, by the scheme of Standard Webhooks, version 1: HMAC-SHA256
 * over `id.timestamp.body` (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 */
import { createHmac } from 'node:crypto';

/** `secret` is `whsec_` and base64; `body` is what is sent, to the byte. */
export function signWebhook(
  id: string,
  body: string,
  secret: string,
  nowMs: number,
): Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>> {
  const timestamp = String(Math.floor(nowMs / 1_000));
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
