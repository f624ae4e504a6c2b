/** A folder of model folders for the scripted worker, made of the demo model's weights. */
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { repository } from './service-process.ts';

export interface ModelsFolder {
  readonly dir: string;
  /** Adds a model; `yaml` are further lines of its manifest. */
  add(name: string, yaml?: string): Promise<void>;
  remove(): Promise<void>;
}

export async function makeModelsFolder(): Promise<ModelsFolder> {
  const dir = await mkdtemp(path.join(tmpdir(), 'shoal-models-'));
  return {
    dir,
    async add(name, yaml = '') {
      const folder = path.join(dir, name);
      await mkdir(folder);
      await copyFile(path.join(repository, 'models/demo-yolo/model.onnx'), path.join(folder, 'model.onnx'));
      await writeFile(
        path.join(folder, 'model.yaml'),
        `name: ${name}\nadapter: scripted\nlabels: [circle, square, triangle]\n${yaml}`,
      );
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}
