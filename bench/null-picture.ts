/** A file that is taken for a picture and never decoded. */
import { randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let folder: string | undefined;

/** Its path; the file is `size` bytes long, begins as a JPEG does, and is gone when the process ends. */
export async function nullPicture(size: number): Promise<string> {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'shoal-bench-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  const path = join(folder, `null-${size}.jpg`);
  await writeFile(path, nullPictureBytes(size));
  return path;
}

export function nullPictureBytes(size: number): Buffer {
  const bytes = randomFillSync(Buffer.alloc(size));
  bytes.set([0xff, 0xd8, 0xff, 0xe0]);
  return bytes;
}
