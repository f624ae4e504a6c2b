/**
 * What was dropped, folders and all. A browser shows a folder as entries that are walked, a hundred at a time; what
 * comes out are handles of files, none of which is read here.
 */
import type { ArrivedFile } from './sort-files.ts';

/** Has to be called while the event is handled: afterwards the browser shows nothing any more. */
export function droppedFiles(transfer: DataTransfer): Promise<readonly ArrivedFile[]> {
  const entries = [...transfer.items]
    .filter(({ kind }) => kind === 'file')
    .map((item) => item.webkitGetAsEntry());
  // A picture dragged out of another page is a file without an entry.
  if (entries.every((entry) => entry === null)) return Promise.resolve([...transfer.files].map(asArrived));
  return walk(entries.filter((entry) => entry !== null));
}

/** Of a folder chosen with its dialog the browser tells the path below it. */
export function asArrived(file: File): ArrivedFile {
  return { file, relativePath: file.webkitRelativePath || file.name };
}

async function walk(roots: readonly FileSystemEntry[]): Promise<readonly ArrivedFile[]> {
  const arrived: ArrivedFile[] = [];
  const open = [...roots];
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    // What cannot be read (a broken link, no permission) is left out, and the rest goes on.
    if (isFile(entry)) {
      const relativePath = entry.fullPath.replace(/^\//, '');
      const file = await fileOf(entry).catch(() => undefined);
      if (file !== undefined) arrived.push({ file, relativePath });
    } else if (isFolder(entry)) {
      for await (const child of childrenOf(entry)) open.push(child);
    }
  }
  return arrived;
}

async function* childrenOf(folder: FileSystemDirectoryEntry): AsyncGenerator<FileSystemEntry> {
  const reader = folder.createReader();
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve) => {
      reader.readEntries(resolve, () => resolve([]));
    });
    if (some.length === 0) return;
    yield* some;
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}
