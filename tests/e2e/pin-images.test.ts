/** `npm run pin-images` against a real registry, and what Compose and the engine make of the file that it writes. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { imageDefaults } from '../../scripts/images/image-variables.ts';
import { freePort } from '../../scripts/redis/ports.ts';
import { docker, hasDockerEngine } from '../support/docker.ts';
import { credentials, findRegistry, startRegistry, type Registry } from '../support/registry.ts';
import { repository } from '../support/service-process.ts';

const isMissing = findRegistry() === undefined || !(await hasDockerEngine());
const variables = [...imageDefaults.keys()];

const imageOf = (variable: string): string => `shoal/${variable.toLowerCase()}:v1`;

/** Without the variables that a run of these tests may be given for other suites. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !variables.includes(name)),
);

describe.skipIf(isMissing)('images pinned from a registry (docker-registry, and a Docker Engine)', () => {
  let registry: Registry;
  let folder: string;
  let envFile: string;

  beforeAll(async () => {
    registry = await startRegistry();
  });
  afterAll(() => registry?.stop());

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'shoal-pins-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    envFile = path.join(folder, '.env');
  });

  /** Every image of the project at this registry, and a file that says so; resolves to the digests. */
  async function pushAll(label: string, host = registry.host): Promise<Map<string, string>> {
    const digests = new Map<string, string>();
    for (const name of variables) digests.set(name, await registry.pushIndex(imageOf(name), label));
    const lines = variables.map((name) => `${name}=${host}/${imageOf(name)}`);
    await writeFile(envFile, ['# Mine.', "SHOAL_DASHBOARD_USERS='a:$apr1$x'", ...lines, ''].join('\n'));
    return digests;
  }

  function pin(...args: readonly string[]) {
    return pinWith({}, ...args);
  }
  function pinWith(more: NodeJS.ProcessEnv, ...args: readonly string[]) {
    return new Promise<{ status: number; out: string; said: string }>((resolve) => {
      const command = ['scripts/images/pin-digests.ts', '--env-file', envFile, ...args];
      const options = { cwd: repository, env: { ...environment, ...more } };
      const child = execFile(process.execPath, command, options, (_error, out, said) =>
        resolve({ status: child.exitCode ?? -1, out, said }),
      );
    });
  }

  test('every image gets the digest that its registry has for all platforms, and all else stays', async () => {
    const digests = await pushAll('one');
    const before = await readFile(envFile, 'utf8');
    expect(await pin()).toMatchObject({ status: 0, said: '' });
    const after = await readFile(envFile, 'utf8');
    const expected = parseEnv(before);
    for (const [name, digest] of digests) expected[name] += `@${digest}`;
    expect(parseEnv(after)).toEqual(expected);
    expect(after.split('\n').slice(0, 2)).toEqual(before.split('\n').slice(0, 2));
  });

  test('Compose takes the pinned images, for what it starts and for what it builds on', async () => {
    const digests = await pushAll('one');
    await pin();
    const files = ['.yml', '.tls.yml', '.observability.yml', '.gpu.yml'].flatMap((end) => [
      '-f',
      path.join(repository, `docker-compose${end}`),
    ]);
    const { stdout } = await new Promise<{ stdout: string }>((resolve, reject) => {
      const args = ['compose', '--env-file', envFile, ...files, 'config', '--format', 'json'];
      const env = { ...environment, SHOAL_GRAFANA_PASSWORD: 'secret' };
      execFile('docker', args, { env, maxBuffer: 1 << 24 }, (error, out) =>
        error ? reject(error) : resolve({ stdout: out }),
      );
    });
    const { services } = JSON.parse(stdout) as {
      services: Record<string, { image: string; build?: { args: Record<string, string> } }>;
    };
    const taken = Object.values(services).flatMap(({ image, build }) =>
      build === undefined ? [image] : [build.args['NODE_IMAGE'], build.args['CUDA_IMAGE']],
    );
    const pinned = variables.map((name) => `${registry.host}/${imageOf(name)}@${digests.get(name)}`);
    expect(new Set(taken.filter((image) => image !== undefined))).toEqual(new Set(pinned));
  });

  test('the engine pulls what was pinned', async () => {
    await pushAll('one');
    await pin('REDIS_IMAGE');
    const image = parseEnv(await readFile(envFile, 'utf8'))['REDIS_IMAGE']!;
    onTestFinished(async () => void (await docker('image', 'rm', image).catch(() => undefined)));
    await docker('pull', '--quiet', image);
    expect(await docker('image', 'inspect', '--format', '{{.Config.Labels.label}}', image)).toBe('one');
  });

  test('--check changes nothing, and names what is no longer what it was', async () => {
    await pushAll('one');
    expect(await pin('--check')).toMatchObject({
      status: 1,
      out: expect.stringMatching(/^NODE_IMAGE: NOT PINNED/),
    });
    await pin();
    const pinned = await readFile(envFile, 'utf8');
    expect(await pin('--check')).toMatchObject({ status: 0, said: '' });
    const digest = await registry.pushIndex(imageOf('REDIS_IMAGE'), 'two');
    const { status, out } = await pin('--check');
    expect(status).toBe(1);
    expect(out.split('\n').filter((line) => line.includes('OUT OF DATE'))).toEqual([
      expect.stringMatching(new RegExp(`^REDIS_IMAGE: .* is now ${digest}$`)),
    ]);
    expect(await readFile(envFile, 'utf8')).toBe(pinned);
    await pin();
    expect(await readFile(envFile, 'utf8')).toContain(`${imageOf('REDIS_IMAGE')}@${digest}\n`);
  });

  test.each([
    ['is not there', 'not found', () => registry.host + '/shoal/nothing:v1'],
    [
      'has a registry that is away',
      'connection refused',
      async () => `127.0.0.1:${await freePort()}/redis:8`,
    ],
  ])('where one image %s, nothing is written', async (_what, reason, other) => {
    await pushAll('one');
    const text = (await readFile(envFile, 'utf8')).replace(
      /^REDIS_IMAGE=.*$/m,
      `REDIS_IMAGE=${await other()}`,
    );
    await writeFile(envFile, text);
    for (const args of [[], ['--check'], ['--kustomize', path.join(folder, 'pins')]]) {
      const { status, said } = await pin(...args);
      expect(status).toBe(2);
      expect(said).toMatch(new RegExp(`^REDIS_IMAGE: .* cannot be read: .*${reason}`));
    }
    expect(await readFile(envFile, 'utf8')).toBe(text);
    await expect(readFile(path.join(folder, 'pins/kustomization.yaml'))).rejects.toThrow('ENOENT');
    expect(await pin('NODE_IMAGE')).toMatchObject({ status: 0 });
  });

  test('an image for one platform is pinned, and said to be one', async () => {
    await pushAll('one');
    const digest = await registry.pushManifest(imageOf('REDIS_IMAGE'), 'alone');
    const { status, out } = await pin();
    expect(status).toBe(0);
    expect(out).toContain(
      `@${digest}\n  ${registry.host}/${imageOf('REDIS_IMAGE')} is for one platform only\n`,
    );
  });

  test('a file that cannot be written is an error of its own', async () => {
    await pushAll('one');
    const { status, said } = await pin('--kustomize', path.join(envFile, 'below-a-file'));
    expect({ status, said }).toEqual({
      status: 2,
      said: expect.stringMatching(/^Nothing was pinned\. E/) as string,
    });
    expect(await readFile(envFile, 'utf8')).not.toContain('sha256');
  });

  test('kustomize gets a component with the same digest, and --check looks at it as well', async () => {
    const digests = await pushAll('one');
    const component = ['--kustomize', path.join(folder, 'pins')];
    await pin(...component);
    const written = await readFile(path.join(folder, 'pins/kustomization.yaml'), 'utf8');
    expect(written).toContain(`newName: ${registry.host}/shoal/redis_image\n    newTag: 'v1'\n`);
    expect(written).toContain(`digest: ${digests.get('REDIS_IMAGE')}\n`);
    expect(await pin('--check', ...component)).toMatchObject({ status: 0 });
    await writeFile(path.join(folder, 'pins/kustomization.yaml'), `${written}#\n`);
    expect(await pin('--check', ...component)).toMatchObject({ status: 1 });
  });

  test('a registry with a password is opened by what `docker login` has kept', async () => {
    const closed = await startRegistry({ hasUsers: true });
    onTestFinished(() => closed.stop());
    const digest = await closed.pushIndex('shoal/redis_image:v1', 'closed');
    await writeFile(envFile, `REDIS_IMAGE=${closed.host}/shoal/redis_image:v1\n`);
    const plugins = await docker('info', '--format', '{{range .ClientInfo.Plugins}}{{.Path}} {{end}}');
    await symlink(path.dirname(plugins.split(' ')[0]!), path.join(folder, 'cli-plugins'));
    const login = { DOCKER_CONFIG: folder };
    await writeFile(path.join(folder, 'config.json'), '{}');
    expect(await pinWith(login, 'REDIS_IMAGE')).toMatchObject({
      status: 2,
      said: expect.stringContaining('authorization failed'),
    });
    const auths = { [closed.host]: { auth: credentials } };
    await writeFile(path.join(folder, 'config.json'), JSON.stringify({ auths }));
    expect(await pinWith(login, 'REDIS_IMAGE')).toMatchObject({ status: 0 });
    expect(await readFile(envFile, 'utf8')).toBe(
      `REDIS_IMAGE=${closed.host}/shoal/redis_image:v1@${digest}\n`,
    );
  });
});
