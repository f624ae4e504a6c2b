/** What it takes to declare a variable of the environment, and the forms of value that many of them share. */
import { z } from 'zod';

export interface Variable<S extends z.ZodType = z.ZodType> {
  /** From the variable's text to its value. */
  readonly schema: S;
  /** In the text form that a person would write; absent means that the variable may be left unset. */
  readonly default?: string;
  readonly meaning: string;
  readonly readBy: readonly ('launcher' | 'gateway' | 'worker' | 'compose' | 'traefik' | 'shoal')[];
}

export function variable<S extends z.ZodType>(
  readBy: Variable['readBy'],
  schema: S,
  defaultText: string,
  meaning: string,
): Variable<S> & { default: string } {
  return { schema, default: defaultText, meaning, readBy };
}

export function optionalVariable<S extends z.ZodType>(
  readBy: Variable['readBy'],
  schema: S,
  meaning: string,
): Variable<z.ZodOptional<S>> {
  return { schema: schema.optional(), meaning, readBy };
}

export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'expected a whole number')
    .transform(Number)
    .pipe(z.number().min(min).max(max));

export const text = z.string().min(1);

export const memory = z.string().regex(/^\d{1,9}[kmg]b?$/i, 'expected a size such as 512m or 2g');

export const flag = z
  .enum(['true', 'false'], { error: 'expected true or false' })
  .transform((value) => value === 'true');

export const list = z.string().transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);
