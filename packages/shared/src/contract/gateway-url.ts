/**
 * The address under which a gateway is reached by the front door. It goes from one gateway through Redis into another
 * program's configuration, so nothing but scheme, host and port is ever let through.
 */
import { z } from 'zod';

export const gatewayUrlSchema = z
  .string()
  .regex(/^https?:\/\/(?:[\w.-]{1,253}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i, 'expected http://host:port');
