/**
 * The variables of the command line, `shoal`. It shares no code with the services and reads them itself; they are declared beside the
 * others, so that a service in the same environment does not take them for mistyped ones of its own.
 */
import { z } from 'zod';
import { modelNameSchema } from './manifest.ts';
import { optionalVariable, text, variable, type Variable } from './variable.ts';

const shoal = ['shoal'] as const;

export const programVariables = {
  SHOAL_URL: variable(
    shoal,
    z.string().regex(/^https?:\/\/\S+$/, 'expected http://… or https://…'),
    'http://127.0.0.1:8080',
    'The server that the command line asks.',
  ),
  SHOAL_MODEL: optionalVariable(
    shoal,
    modelNameSchema,
    'The model that the command line asks, where it is not told one.',
  ),
  SHOAL_API_KEY: optionalVariable(shoal, text, 'The API key that the command line sends.'),
  SHOAL_API_KEY_FILE: optionalVariable(shoal, text, 'The file that it reads that key from.'),
} as const satisfies Record<string, Variable>;
