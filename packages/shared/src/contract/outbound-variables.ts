/** The variables of what gateways ask for outside: the receivers of webhooks, and pictures that are named by a URL. */
import { hostPatternsSchema } from './host-pattern.ts';
import { flag, optionalVariable, variable, wholeNumber, type Variable } from './variable.ts';
import { webhookSecretSchema } from './webhook-secret.ts';

const gateway = ['gateway'] as const;

export const outboundVariables = {
  SHOAL_WEBHOOK_SECRET: optionalVariable(
    gateway,
    webhookSecretSchema,
    'What webhooks are signed with whose request brings no secret: whsec_ and 24 to 64 bytes as base64.',
  ),
  SHOAL_WEBHOOK_PRIVATE: variable(
    gateway,
    flag,
    'false',
    'Whether webhooks may go to private addresses, true or false; those of clouds’ metadata stay closed.',
  ),
  SHOAL_IMAGE_URL_HOSTS: optionalVariable(
    gateway,
    hostPatternsSchema,
    'Hosts from which pictures may be fetched by URL, separated by commas, like a.org,*.b.org,c.org:8080; unset: none.',
  ),
  SHOAL_IMAGE_URL_TIMEOUT_MS: variable(
    gateway,
    wholeNumber(100, 600_000),
    '10000',
    'A picture must have been fetched by its URL within this.',
  ),
  SHOAL_IMAGE_URL_PRIVATE: variable(
    gateway,
    flag,
    'false',
    'Whether those hosts may have private addresses, true or false.',
  ),
} as const satisfies Record<string, Variable>;
