/** What the Docker engine and Compose know of images, for the scripts of this folder. Changes nothing by itself. */
import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export function docker(...args: readonly string[]): string {
  return execFileSync('docker', args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  }).trim();
}

/** With output as it comes, for what takes minutes. */
export function dockerAloud(...args: readonly string[]): void {
  execFileSync('docker', args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
}

/** Bytes of an image, or undefined when it is not on this machine. */
export function imageBytes(image: string): number | undefined {
  try {
    return Number(docker('image', 'inspect', '--format', '{{.Size}}', image));
  } catch {
    return undefined;
  }
}

export interface ComposeImage {
  readonly name: string;
  /** The target of the Dockerfile that it is built from, for our own. */
  readonly target?: string;
}

/** The images of the Compose project: what `files` say, or else COMPOSE_FILE or docker-compose.yml. */
export function composeImages(files: readonly string[]): readonly ComposeImage[] {
  const text = docker('compose', ...files.flatMap((file) => ['-f', file]), 'config', '--format', 'json');
  const { services } = JSON.parse(text) as {
    services: Record<string, { image: string; build?: { target?: string } }>;
  };
  const images = Object.values(services).map(({ image: name, build }) =>
    build?.target === undefined ? { name } : { name, target: build.target },
  );
  return images.filter((image, index) => images.findIndex(({ name }) => name === image.name) === index);
}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
