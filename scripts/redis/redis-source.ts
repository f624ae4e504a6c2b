/**
 * Where a Redis to start comes from: what finding one yields and what starting one takes. Types and their one reading.
 */

/** An executable, and the folders of the libraries that came with it where they are not the system's. */
export interface RedisProgram {
  readonly kind: 'program';
  readonly command: string;
  readonly libraryPath?: string;
}

export interface RedisContainer {
  readonly kind: 'container';
  readonly image: string;
}

export type RedisSource = RedisProgram | RedisContainer;

/** Tells the person in front of the terminal one line. */
export type Say = (line: string) => void;

/** The environment in which the executable finds its libraries. */
export function redisEnvironment(source: RedisSource): NodeJS.ProcessEnv {
  if (source.kind !== 'program' || source.libraryPath === undefined) return process.env;
  return { ...process.env, LD_LIBRARY_PATH: source.libraryPath };
}
