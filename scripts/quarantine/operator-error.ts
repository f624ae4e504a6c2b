/** Why a command could not be done, as a sentence for the person who gave it. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
}
