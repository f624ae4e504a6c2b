/** What a look at one part of an installation says: how it is, and what to do about it. */
export type Outcome = 'ok' | 'warn' | 'fail';

export interface Finding {
  /** The part, in a word. */
  readonly about: string;
  readonly outcome: Outcome;
  readonly message: string;
  /** What whoever runs it can do; where something is not as it should be. */
  readonly advice?: string;
}

export const ok = (about: string, message: string): Finding => ({ about, outcome: 'ok', message });

export const warn = (about: string, message: string, advice: string): Finding => ({
  about,
  outcome: 'warn',
  message,
  advice,
});

export const fail = (about: string, message: string, advice: string): Finding => ({
  about,
  outcome: 'fail',
  message,
  advice,
});
