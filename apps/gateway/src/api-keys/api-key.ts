/**
 * One API key: how it is made, how it is recognised, and what is kept of it. Where keys are kept is the business of
 * `key-file`; who may do what with one, that of `ask-for-key`.
 */
import { createHash, randomBytes } from 'node:crypto';

/** Whoever finds one in a log or a repository can see what it is, and so can a scanner for secrets. */
const prefix = 'shoal_';
const randomByteCount = 32;
const form = /^shoal_[\w-]{43}$/;

export function makeApiKey(): string {
  return prefix + randomBytes(randomByteCount).toString('base64url');
}

/** A text of another form is none of ours, so its hash is not even looked for. */
export function isApiKey(text: string): boolean {
  return form.test(text);
}

/**
 * What is kept of a key: 32 bytes. A slow hash with a salt protects what people make up; nobody guesses 256 random bits,
 * and a fast one costs a request nothing.
 */
export function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
