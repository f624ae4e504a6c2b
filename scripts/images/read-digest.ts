/**
 * Reads at its registry what an image is now, through buildx: it brings the credentials of `docker login` and pulls
 * nothing. The digest is computed here, from the bytes that came; none is taken on trust.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';

const run = promisify(execFile);
const askTimeoutMs = 60_000;

export interface ReadManifest {
  /** Of the index of all platforms, where the image has one. */
  readonly digest: string;
  readonly isForManyPlatforms: boolean;
}

/** Throws with what the registry, or buildx, said. */
export async function readManifest(image: string): Promise<ReadManifest> {
  const bytes = await rawManifest(image);
  let content: { readonly schemaVersion?: unknown; readonly manifests?: unknown };
  try {
    content = JSON.parse(bytes.toString('utf8')) as typeof content;
  } catch {
    throw new Error('what came is no manifest');
  }
  // The digest of the first schema is of another text than the one that is sent.
  if (content.schemaVersion !== 2) throw new Error('what came is no manifest of schema 2');
  return {
    digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    isForManyPlatforms: Array.isArray(content.manifests),
  };
}

async function rawManifest(image: string): Promise<Buffer> {
  try {
    const { stdout } = await run('docker', ['buildx', 'imagetools', 'inspect', '--raw', image], {
      encoding: 'buffer',
      timeout: askTimeoutMs,
      maxBuffer: 16 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    const { code, killed, stderr } = error as { code?: unknown; killed?: boolean; stderr?: Buffer };
    if (code === 'ENOENT') throw new Error('there is no docker on this machine', { cause: error });
    if (killed === true) throw new Error(`no answer within ${askTimeoutMs / 1_000} s`, { cause: error });
    const said = stderr
      ?.toString('utf8')
      .replace(/^ERROR: /, '')
      .trim();
    throw new Error(said || (error as Error).message, { cause: error });
  }
}
