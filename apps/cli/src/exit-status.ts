/**
 * What the program's exit status means: the one table, which `docs/command-line.md` repeats. An error that a command
 * throws on purpose says its status and one sentence for a person; every other error is a bug and shows its stack.
 */
export const exitStatus = {
  ok: 0,
  /** Something failed: a picture, a model, a check. */
  failed: 1,
  /** The command could not be understood, or names what is not there. */
  usage: 2,
  /** The server cannot be reached, or takes nothing from us. */
  unreachable: 3,
  /** Ended by Ctrl-C or a signal; what was done is kept. */
  interrupted: 130,
  /** Whoever read our output has left. */
  readerLeft: 141,
} as const;
export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus];

export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly status: ExitStatus;

  constructor(message: string, status: ExitStatus = exitStatus.failed, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** A command that cannot be understood, or names a file that is not there. */
export const usageError = (message: string): CommandError => new CommandError(message, exitStatus.usage);
