/**
 * A real registry of images on a port of 127.0.0.1, with a folder of its own, gone with its test: the reference
 * implementation, as Debian packs it. Where there is none (neither on the path nor where `.ci/run` puts it) tests skip
 * by name. Images are pushed by its HTTP interface, which needs no engine.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findOnPath } from '../../scripts/redis/find-redis.ts';
import { freePort } from '../../scripts/redis/ports.ts';
import { repository } from './service-process.ts';
import { waitFor } from './wait-for.ts';

/** The hash is bcrypt's of the password, which opens a registry that a test takes down again. */
export const registryUser = {
  name: 'ada',
  password: 'secret',
  hash: '$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a',
};

export const credentials = Buffer.from(`${registryUser.name}:${registryUser.password}`).toString('base64');

export interface Registry {
  /** `127.0.0.1:port`, with which names of its images begin. */
  readonly host: string;
  /** An image with nothing in it for amd64 and arm64, another one for each `label`; resolves to the index' digest. */
  pushIndex(image: string, label: string): Promise<string>;
  /** The same for one platform; resolves to the manifest's digest. */
  pushManifest(image: string, label: string): Promise<string>;
  stop(): Promise<void>;
}

const split = (image: string) => image.split(':') as [name: string, tag: string];

export function findRegistry(): string | undefined {
  const fetched = path.join(repository, '.data', 'docker-registry');
  return findOnPath('docker-registry') ?? (existsSync(fetched) ? fetched : undefined);
}

export async function startRegistry({ hasUsers = false } = {}): Promise<Registry> {
  const folder = await mkdtemp(path.join(tmpdir(), 'shoal-registry-'));
  const host = `127.0.0.1:${await freePort()}`;
  const users = path.join(folder, 'users');
  await writeFile(users, `${registryUser.name}:${registryUser.hash}\n`);
  const settings = {
    version: 0.1,
    log: { accesslog: { disabled: true }, level: 'error' },
    storage: { filesystem: { rootdirectory: path.join(folder, 'store') } },
    http: { addr: host },
    ...(hasUsers && { auth: { htpasswd: { realm: 'test', path: users } } }),
  };
  await writeFile(path.join(folder, 'settings.yml'), JSON.stringify(settings));
  const child = spawn(findRegistry()!, ['serve', path.join(folder, 'settings.yml')], { stdio: 'ignore' });
  const exit = once(child, 'exit');
  const killWithTests = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithTests);
  await waitFor('the registry', async () => (await fetch(`http://${host}/v2/`)).status < 500);

  const ask = async (method: string, address: URL, type = '', body?: Buffer): Promise<Response> => {
    const headers = { 'content-type': type, ...(hasUsers && { authorization: `Basic ${credentials}` }) };
    const response = await fetch(address, { method, headers, ...(body && { body: new Uint8Array(body) }) });
    if (!response.ok) throw new Error(`${method} ${address.pathname}: ${response.status}`);
    return response;
  };
  const at = (image: string, rest: string): URL => new URL(`http://${host}/v2/${image}/${rest}`);

  const putConfig = async (image: string, config: object): Promise<object> => {
    const body = Buffer.from(JSON.stringify(config));
    const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
    const begun = await ask('POST', at(image, 'blobs/uploads/'));
    const upload = new URL(begun.headers.get('location')!, begun.url);
    upload.searchParams.set('digest', digest);
    await ask('PUT', upload, 'application/octet-stream', body);
    return { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: body.length };
  };
  const putManifest = async (image: string, tag: string, type: string, content: object) => {
    const mediaType = `application/vnd.oci.image.${type}.v1+json`;
    const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...content }, undefined, 2));
    const { headers } = await ask('PUT', at(image, `manifests/${tag}`), mediaType, body);
    return { mediaType, digest: headers.get('docker-content-digest')!, size: body.length };
  };
  const pushPlatform = async (image: string, tag: string, label: string, architecture: string) => {
    const rootfs = { type: 'layers', diff_ids: [] };
    const config = { architecture, os: 'linux', config: { Labels: { label } }, rootfs };
    return putManifest(image, tag, 'manifest', { config: await putConfig(image, config), layers: [] });
  };
  return {
    host,
    async pushIndex(text, label) {
      const [image, tag] = split(text);
      const manifests: object[] = [];
      for (const architecture of ['amd64', 'arm64']) {
        const pushed = await pushPlatform(image, `${tag}-${architecture}`, label, architecture);
        manifests.push({ ...pushed, platform: { architecture, os: 'linux' } });
      }
      return (await putManifest(image, tag, 'index', { manifests })).digest;
    },
    pushManifest: async (text, label) => (await pushPlatform(...split(text), label, 'amd64')).digest,
    async stop() {
      process.off('exit', killWithTests);
      child.kill('SIGKILL');
      await exit;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
