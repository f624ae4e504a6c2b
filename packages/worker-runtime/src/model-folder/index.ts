export { listModelFolders } from './list-model-folders.ts';
export { ModelFolderError } from './model-folder-error.ts';
export { readModelFolder } from './read-model-folder.ts';
export type { ModelFolder, ResolvedManifest } from './read-model-folder.ts';
export { OtherFamilyError, requireFamily } from './require-family.ts';
