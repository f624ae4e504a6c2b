/**
 * The Compose project of a test: the repository's own file, brought up by testcontainers, with a front door on a port of
 * 127.0.0.1. Where no Traefik image is given, HAProxy stands in its place.
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { DockerComposeEnvironment, Wait, type StartedDockerComposeEnvironment } from 'testcontainers';
import { freePort } from '../../scripts/redis/ports.ts';
import { docker } from './docker.ts';
import { repository } from './service-process.ts';
import { waitFor } from './wait-for.ts';

const run = promisify(execFile);

/** The hash is what `openssl passwd -apr1` makes of the password; both open a stack that a test takes down again. */
export const dashboardUser = {
  name: 'e2e',
  password: 'front-door',
  hash: '$apr1$e2eshoal$K05bJnV/DDVtqRdmPtRKv1',
};

export interface ComposeStack {
  readonly url: string;
  readonly hasTraefik: boolean;
  readonly environment: StartedDockerComposeEnvironment;
  /** For other programs that call `docker compose` on the project. */
  readonly composeEnvironment: NodeJS.ProcessEnv;
  /** `docker compose` with the project's files and environment. */
  compose(...args: readonly string[]): Promise<string>;
  /** Ids of a service's running containers, the oldest first. */
  containersOf(service: string): Promise<string[]>;
  /** Everything away, volumes too; resolves to what is left of the project, which should be nothing. */
  down(): Promise<string[]>;
}

export interface ComposeOptions {
  /** Compose files beside the repository's own and before those of the tests. */
  readonly overlays?: readonly string[];
  /** Compose files after those of the tests. */
  readonly testOverlays?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether the front door at `url` leads to a gateway. */
  readonly isReady?: (url: string) => Promise<boolean>;
}

const answersReady = async (url: string): Promise<boolean> => (await fetch(`${url}/readyz`)).ok;

export async function composeUp(
  project: string,
  { overlays = [], testOverlays = [], environment: given = {}, isReady = answersReady }: ComposeOptions = {},
): Promise<ComposeStack> {
  // Ryuk's image cannot be had everywhere; `down` and the test's end clean up.
  process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true';
  process.env['TESTCONTAINERS_HOST_OVERRIDE'] ??= '127.0.0.1';
  const hasTraefik = Boolean(process.env['TRAEFIK_IMAGE']);
  const files = [
    'docker-compose.yml',
    ...overlays,
    'tests/e2e/docker-compose.test.yml',
    ...testOverlays,
    ...(hasTraefik ? [] : ['tests/e2e/haproxy/docker-compose.haproxy.yml']),
  ];
  const port = await freePort();
  const composeEnvironment = {
    ...process.env,
    SERVER_PORT: String(port),
    // Traefik's dashboard, which also tells what it routes, for the user below.
    ...(hasTraefik && { SHOAL_DASHBOARD_USERS: `${dashboardUser.name}:${dashboardUser.hash}` }),
    // Images of a tag of their own, since a test rolls them to others.
    SHOAL_IMAGE_PREFIX: 'shoal-test',
    ...given,
    COMPOSE_PROJECT_NAME: project,
    COMPOSE_FILE: files.map((file) => path.join(repository, file)).join(path.delimiter),
  };
  const compose = async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await run('docker', ['compose', '--project-directory', repository, ...args], {
      env: composeEnvironment,
      cwd: repository,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout.trim();
  };
  await compose('build');
  const environment = await new DockerComposeEnvironment(repository, files)
    .withEnvironment(composeEnvironment)
    .withNoRecreate()
    // After the line above, which gives the project another name.
    .withProjectName(project)
    .withWaitStrategy('gateway-1', Wait.forHealthCheck())
    .withWaitStrategy('worker-yolo-1', Wait.forHealthCheck())
    .withWaitStrategy('worker-detectron-1', Wait.forHealthCheck())
    .withStartupTimeout(180_000)
    .up();
  const url = `http://127.0.0.1:${port}`;
  await waitFor('the front door', () => isReady(url), 60_000).catch(async (error: unknown) => {
    await environment.down({ removeVolumes: true });
    throw error;
  });
  return {
    url,
    hasTraefik,
    environment,
    composeEnvironment,
    compose,
    containersOf: async (service) => {
      const filter = [`project=${project}`, `service=${service}`].flatMap((label) => [
        '--filter',
        `label=com.docker.compose.${label}`,
      ]);
      const ids = await docker('ps', ...filter, '--format', '{{.CreatedAt}}|{{.ID}}');
      return ids
        .split('\n')
        .filter((line) => line !== '')
        .toSorted((a, b) => a.localeCompare(b))
        .map((line) => line.split('|')[1]!);
    },
    down: async () => {
      await environment.down({ removeVolumes: true, timeout: 60_000 });
      const label = `label=com.docker.compose.project=${project}`;
      const left = await Promise.all([
        docker('ps', '-aq', '--filter', label),
        docker('volume', 'ls', '-q', '--filter', label),
        docker('network', 'ls', '-q', '--filter', label),
      ]);
      return left.filter((line) => line !== '');
    },
  };
}
