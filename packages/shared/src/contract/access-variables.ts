/** The variables that say who may ask a gateway, and how often: declared beside the others. */
import { z } from 'zod';
import { list, optionalVariable, text, variable, wholeNumber, type Variable } from './variable.ts';

const gateway = ['gateway'] as const;

const exemptions = z.enum(['page', 'predictor'], { error: 'expected none, or page and predictor' });

export const accessVariables = {
  SHOAL_API_KEYS_FILE: optionalVariable(
    gateway,
    text,
    'The file of API keys, which `npm run keys` writes; unset: nobody is asked for a key.',
  ),
  SHOAL_API_KEYS_EXEMPT: variable(
    gateway,
    z.union([z.literal('none').transform((): [] => []), list.pipe(z.array(exemptions))], {
      error: 'expected none, or page and predictor separated by a comma',
    }),
    'page',
    'What asks for no key: page (its files, which could not ask for one otherwise), predictor, both, or none.',
  ),
  SHOAL_RATE_LIMIT_PER_MINUTE: variable(
    gateway,
    wholeNumber(0, 10_000_000),
    '0',
    'Pictures that one API key, or one address without a key, may send in a minute; 0: any number.',
  ),
  SHOAL_PROXY_HOPS: variable(
    gateway,
    wholeNumber(0, 10),
    '0',
    'Proxies in front of a gateway that tell it by X-Forwarded-For who asks; 0: none is believed; containers: 1.',
  ),
} as const satisfies Record<string, Variable>;
