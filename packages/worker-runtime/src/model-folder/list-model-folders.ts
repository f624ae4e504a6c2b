/** Which model folders there are, by name. Opens none of them: a broken folder is listed, and says so when read. */
import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { isTorchFile } from './bare-model.ts';
import { ModelFolderError } from './model-folder-error.ts';

/**
 * Names of the subfolders that hold a manifest or weights, sorted; PyTorch weights count, so that whoever put them
 * there is told what to do. Dot folders and plain files are passed over. Throws `ModelFolderError`.
 */
export async function listModelFolders(modelsDir: string): Promise<string[]> {
  const dir = resolve(modelsDir);
  const names = await readdir(dir).catch((error: unknown) => {
    throw ModelFolderError.of(basename(dir), [`there is no folder of models at ${dir}`], { cause: error });
  });
  const holdsModel = await Promise.all(names.map((name) => looksLikeModelFolder(join(dir, name))));
  return names.filter((name, i) => !name.startsWith('.') && holdsModel[i]).sort();
}

async function looksLikeModelFolder(dir: string): Promise<boolean> {
  try {
    const names = await readdir(dir);
    return names.some((name) => name === 'model.yaml' || name.endsWith('.onnx') || isTorchFile(name));
  } catch (error) {
    // A plain file or a link to nowhere is no folder; one that must not be read is listed, and says so when read.
    const { code } = error as NodeJS.ErrnoException;
    return code !== 'ENOTDIR' && code !== 'ENOENT';
  }
}
