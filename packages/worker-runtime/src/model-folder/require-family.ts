/** A folder that is read by a worker of another family than its own is refused, by name. */
import { ModelFolderError } from './model-folder-error.ts';
import type { ModelFolder } from './read-model-folder.ts';

export class OtherFamilyError extends ModelFolderError {
  /** The one that the folder is of. */
  readonly family: string;

  constructor(message: string, family: string) {
    super(message);
    this.family = family;
  }
}

/** Throws `OtherFamilyError`. */
export function requireFamily({ name, manifest }: ModelFolder, family: string): void {
  if (manifest.adapter === family) return;
  throw new OtherFamilyError(
    `${name}: adapter is ${manifest.adapter}, but this worker serves ${family}`,
    manifest.adapter,
  );
}
