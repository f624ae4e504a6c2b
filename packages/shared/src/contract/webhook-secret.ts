/**
 * What a webhook is signed with, in the form of Standard Webhooks: `whsec_` and 24 to 64 bytes as base64. A request may
 * bring one, the installation may have one, and both are held against this.
 */
import { z } from 'zod';

const four = '[A-Za-z0-9+/]{4}';
const two = '[A-Za-z0-9+/]{2}==';
const three = '[A-Za-z0-9+/]{3}=';

/** Eight groups of four characters are 24 bytes; twenty-one and a group of two are 64. */
export const webhookSecretSchema = z
  .string()
  .regex(
    new RegExp(`^whsec_(?:${four}){8,20}(?:${four}(?:${two})?|${two}|${three})?$`),
    'expected whsec_ and 24 to 64 bytes as base64',
  );
