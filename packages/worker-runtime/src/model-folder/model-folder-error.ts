/** What is wrong with a model folder, in words for the person who made it. */
export class ModelFolderError extends Error {
  /** Each by itself, without the folder's name. */
  readonly problems: readonly string[];

  constructor(message: string, options?: ErrorOptions & { readonly problems?: readonly string[] }) {
    super(message, options);
    this.name = 'ModelFolderError';
    this.problems = options?.problems ?? [message];
  }

  /** The folder's name, then every problem found: one in the same line, several as a list. */
  static of(folder: string, problems: readonly string[], options?: ErrorOptions): ModelFolderError {
    const text =
      problems.length === 1 ? ` ${problems[0]}` : problems.map((problem) => `\n  - ${problem}`).join('');
    return new ModelFolderError(`${folder}:${text}`, { ...options, problems });
  }
}
