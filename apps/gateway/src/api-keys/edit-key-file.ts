/**
 * Changes of the file of API keys, one at a time and each whole or not at all: gateways read it while it is written. It is
 * for its owner alone, from the first byte on; who opened it to a group by hand finds it as open afterwards.
 */
import { constants } from 'node:fs';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { KeyFileError, parseKeyFile, renderKeyFile, type KeyRow } from './key-file.ts';

/** An empty list where there is no file yet. Throws a KeyFileError for one that cannot be read. */
export async function readKeyFile(file: string): Promise<readonly KeyRow[]> {
  try {
    return parseKeyFile(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof KeyFileError) throw new KeyFileError(`${file}: ${error.message}`, { cause: error });
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new KeyFileError(`${file} cannot be read (${code ?? 'unknown'})`, { cause: error });
  }
}

/**
 * Writes what `change` makes of the rows. Throws a KeyFileError, with the file as it was, when it cannot be read or written
 * or when somebody else is changing it; what `change` throws comes through.
 */
export async function editKeyFile(
  file: string,
  change: (rows: readonly KeyRow[]) => readonly KeyRow[],
): Promise<void> {
  const draft = `${file}.new`;
  // It is the lock as well: whoever comes second would write over what the first one has read.
  const handle = await open(draft, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600).catch(
    (error: NodeJS.ErrnoException) => {
      throw new KeyFileError(
        error.code === 'EEXIST'
          ? `${draft} is there: somebody else is changing the keys; if nobody is, remove it`
          : `${draft} cannot be written (${error.code ?? 'unknown'})`,
        { cause: error },
      );
    },
  );
  try {
    const before = await stat(file).catch(() => undefined);
    await handle.writeFile(renderKeyFile(change(await readKeyFile(file))));
    if (before !== undefined) {
      await handle.chmod(before.mode & 0o777);
      // Root writes for the user of the gateway; others cannot give files away, and need not.
      if (process.getuid?.() === 0) await handle.chown(before.uid, before.gid);
    }
    await handle.sync();
    await handle.close();
    await rename(draft, file);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(draft, { force: true });
    throw error;
  }
}
