/**
 * `shoal models pull`: from a name of the zoo or an address to a folder that is served. Nothing is served before it is whole: the
 * folder is made aside and renamed into its place. What needs Python is done by tools/export of the checkout.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandError, exitStatus, usageError } from '../../exit-status.ts';
import { watchForInterruption } from '../../interruption.ts';
import { alignColumns, say } from '../../terminal.ts';
import type { PullWords } from '../pull.ts';
import { agreeToLicense } from './agree-to-license.ts';
import { exportCheckpoint, prepareExport } from './export-checkpoint.ts';
import { fetchFiles } from './fetch-files.ts';
import { makeFolder, makeLike } from './make-folder.ts';
import { elsewhere, findWanted } from './wanted-model.ts';
import { openWorkshop } from './workshop.ts';
import { findCheckout, listZoo, readZooEntry } from './zoo.ts';

export async function pullModel(what: string | undefined, words: PullWords): Promise<void> {
  const checkout = findCheckout(path.dirname(fileURLToPath(import.meta.url)));
  if (what === undefined) return printZoo(checkout);
  const wanted = await findWanted(what, words, checkout);
  const modelsDir = chooseModelsDir(words.to, checkout);
  const target = path.join(modelsDir, wanted.name);
  const isForced = words.force === true;
  if (existsSync(target) && !isForced) throw usageError(`${target} is there already; --force replaces it`);
  const isCheckpoint = wanted.weights.format !== 'onnx';
  if (isCheckpoint && checkout === undefined)
    throw usageError(
      `${what} is a checkpoint of PyTorch, which has to be exported, and that takes more than this program; ${elsewhere(what)}`,
    );
  await agreeToLicense(wanted.entry?.manifest, words.acceptLicense === true);
  if (checkout !== undefined && isCheckpoint) await prepareExport(checkout);
  const workshop = await openWorkshop(modelsDir, wanted.name);
  const interruption = watchForInterruption();
  try {
    const received = await fetchFiles(wanted, workshop.folder, interruption.signal);
    interruption.stop();
    if (checkout !== undefined && isCheckpoint) {
      const like = await makeLike(wanted, workshop.folder, received);
      await exportCheckpoint({
        checkout,
        weights: received.file,
        ...(received.config !== undefined && { config: received.config }),
        ...(like !== undefined && { like }),
        target,
        isForced,
      });
    } else {
      await workshop.place(await makeFolder(wanted, workshop.folder, received), target);
    }
    await workshop.remove();
  } catch (error) {
    workshop.leave();
    if (interruption.signal.aborted)
      throw new CommandError('interrupted; the same command goes on from there', exitStatus.interrupted, {
        cause: error,
      });
    throw error;
  } finally {
    interruption.stop();
  }
  say(`${wanted.name} is in ${target}.`);
}

/** As the start and the workers have it: a relative MODELS_DIR counts from the checkout. */
function chooseModelsDir(to: string | undefined, checkout: string | undefined): string {
  if (to !== undefined) return path.resolve(to);
  const root = checkout ?? process.cwd();
  const envFile = path.join(root, '.env');
  if (checkout !== undefined && existsSync(envFile)) process.loadEnvFile(envFile);
  return path.resolve(root, process.env['MODELS_DIR'] || 'models');
}

async function printZoo(checkout: string | undefined): Promise<void> {
  if (checkout === undefined)
    throw usageError(`there is no zoo beside this program; ${elsewhere('')}`.trimEnd());
  const names = await listZoo(checkout);
  const entries = await Promise.all(names.map((name) => readZooEntry(checkout, name)));
  const rows = entries.map(({ manifest: { name, title, weights, license } }) => [
    name,
    title ?? '',
    String(weights?.classes ?? ''),
    license ?? '',
  ]);
  console.log(alignColumns([['name', 'title', 'classes', 'licence'], ...rows]));
}
