/**
 * A request's `webhook` and `webhookSecret` become a receiver that can be posted to, or a refusal that names every problem.
 * Names are not resolved here: what a name leads to is checked with each delivery, when it counts.
 */
import { isIP } from 'node:net';
import {
  ServiceError,
  webhookSecretSchema,
  webhookUrlLengthMax,
  type Settings,
  type Webhook,
} from '@shoal/shared/contract';
import { objectionTo } from '../outbound/check-address.ts';

export type WebhookSettings = Pick<Settings, 'SHOAL_WEBHOOK_PRIVATE' | 'SHOAL_WEBHOOK_SECRET'>;

/** Ports below this belong to services that would take a request for something else, but for those of the web. */
const freePortMin = 1_024;
const webPorts = new Set([80, 443]);

/** Rejects with `options_invalid`. Neither the URL nor the secret is repeated: both may open doors. */
export function checkWebhook(url: unknown, secret: unknown, settings: WebhookSettings): Webhook {
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined;
  const key = secret === undefined ? settings.SHOAL_WEBHOOK_SECRET : secret;
  const problems = [
    parsed === undefined ? 'expected a URL like https://example.org/hook' : problemWith(parsed, settings),
  ].flatMap((problem) => (problem === undefined ? [] : [`webhook: ${problem}`]));
  const isKey = webhookSecretSchema.safeParse(key).success;
  if (key === undefined) {
    problems.push(
      'webhookSecret: expected whsec_ and 24 to 64 bytes as base64, came nothing, and this server has none of its own (SHOAL_WEBHOOK_SECRET)',
    );
  } else if (!isKey) {
    problems.push('webhookSecret: expected whsec_ and 24 to 64 bytes as base64, came something else');
  }
  if (problems.length > 0) throw new ServiceError('options_invalid', problems.join('; '));
  return { url: parsed!.href, secret: key as string };
}

function problemWith(
  url: URL,
  { SHOAL_WEBHOOK_PRIVATE: allowsPrivate }: WebhookSettings,
): string | undefined {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return `expected http:// or https://, came ${url.protocol.slice(0, 20)}`;
  }
  if (url.href.length > webhookUrlLengthMax) {
    return `expected at most ${webhookUrlLengthMax} characters, came ${url.href.length}`;
  }
  if (url.username !== '' || url.password !== '') return 'expected a URL without a name and a password';
  const port = url.port === '' ? 443 : Number(url.port);
  if (port < freePortMin && !webPorts.has(port)) {
    return `expected port 80, 443 or one from ${freePortMin}, came ${port}`;
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const isLocalName = /(?:^|\.)localhost\.?$/.test(host);
  const address = isLocalName ? '127.0.0.1' : host;
  const objection = isIP(address) === 0 ? undefined : objectionTo(address, allowsPrivate);
  return objection === undefined ? undefined : `expected a host on the Internet, came ${objection}`;
}
