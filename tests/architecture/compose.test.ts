/** Compose, the images and the table of variables describe one system: what one of them says, the others say too. */
import { parse } from 'yaml';
import { closingMarginMs, variables, type Variable } from '../../packages/shared/src/contract/index.ts';
import { checkRule } from './check-rule.ts';
import { packagesOf, project as here } from './project.ts';
import type { Project, Rule } from './project.ts';

const base = 'docker-compose.yml';

interface Service {
  readonly image?: string;
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly networks?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly network_mode?: string;
  readonly volumes?: readonly ({ source?: string } | string)[];
  readonly deploy?: { resources?: { limits?: { memory?: string; pids?: number } } };
  readonly [field: string]: unknown;
}

interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks?: Readonly<Record<string, { internal?: boolean } | null>>;
}

const composeFiles = (project: Project): string[] =>
  project.paths.filter((path) => /^docker-compose(?:\.[a-z]+)?\.yml$/.test(path));

const read = (project: Project, path: string): ComposeFile =>
  parse(project.read(path).replaceAll(/!(?:reset|override) /g, ''), { merge: true }) as ComposeFile;

/** A file with a piece of its text changed: a violation to plant. */
const changed = (
  project: Project,
  path: string,
  find: string,
  replacement: string,
): Record<string, string> => {
  const text = project.read(path);
  if (!text.includes(find)) throw new Error(`${path} has no ${find} to plant a violation at`);
  return { [path]: text.replace(find, replacement) };
};

/** What the image or the file itself says, because a container has its own truth: not to be set from outside. */
const setByUs = new Set([
  'HOST',
  'PORT',
  'MODEL',
  'MODELS_DIR',
  'DEVICE',
  'REDIS_URL',
  'SHOAL_REDIS_PASSWORD_FILE',
  'SHOAL_GATEWAY_URL',
  'SHOAL_METRICS_HOST',
  'SHOAL_METRICS_PORT',
]);

const passedOn: Rule = (project) =>
  Object.entries(read(project, base).services).flatMap(([name, { environment = {} }]) => {
    const reader = name === 'gateway' ? 'gateway' : name.startsWith('worker-') ? 'worker' : undefined;
    if (reader === undefined) return [];
    const needed = Object.entries<Variable>(variables).filter(([, { readBy }]) => readBy.includes(reader));
    return [
      ...needed
        .filter(([variable]) => !setByUs.has(variable) && !(variable in environment))
        .map(([variable]) => `${name}: ${variable} does not reach it`),
      ...Object.keys(environment)
        .filter((variable) => !(variable in variables))
        .map((variable) => `${name}: there is no variable ${variable}`),
    ];
  });

checkRule(
  'Compose passes every variable of a service on',
  'what somebody writes into .env would be set in vain',
  passedOn,
  [
    {
      files: changed(here, base, '      CORS_ORIGINS:\n', ''),
      found: 'gateway: CORS_ORIGINS does not reach it',
    },
    {
      files: changed(here, base, 'SHOAL_ORT_THREADS:', 'SHOAL_ORT_THREAD:'),
      found: 'worker-yolo: there is no variable SHOAL_ORT_THREAD',
    },
  ],
);

/** Where a container needs another value than a process that is started by hand. */
const ownDefaults: Readonly<Record<string, string>> = {
  DEVICE: 'cuda',
  MODELS_DIR: './models',
  SHOAL_ACME_CA: '/dev/null',
  SHOAL_BUILD_CA: '/dev/null',
  SHOAL_LAME_DUCK_MS: '4000',
  SHOAL_PROXY_HOPS: '1',
  SHOAL_STOP_GRACE_MS: '40000',
  TRAEFIK_CONFIG: './traefik/configuration',
};

const sameDefaults: Rule = (project) =>
  composeFiles(project).flatMap((path) =>
    [...project.read(path).matchAll(/\$\{([A-Z_]+)(?::-([^}]*))?/g)].flatMap(([, name = '', value = '']) => {
      const declared = (variables as Readonly<Record<string, Variable>>)[name];
      if (declared === undefined) return [`${path}: there is no variable ${name}`];
      const expected = ownDefaults[name] ?? declared.default ?? '';
      return value === expected
        ? []
        : [`${path}: ${name} is "${value}" here, and "${expected}" in the table`];
    }),
  );

checkRule(
  'a variable has one default',
  '.env.example would tell of another one than the one that counts',
  sameDefaults,
  [
    {
      files: changed(here, base, '${REDIS_IMAGE:-redis:8}', '${REDIS_IMAGE:-redis:7}'),
      found: 'REDIS_IMAGE is "redis:7" here, and "redis:8" in the table',
    },
    {
      files: changed(here, base, '${YOLO_MODEL:-demo-yolo}', '${YOLO_MODELS:-demo-yolo}'),
      found: 'there is no variable YOLO_MODELS',
    },
  ],
);

const imageDefaults: Rule = (project) =>
  ['NODE_IMAGE', 'CUDA_IMAGE'].flatMap((name) => {
    const value = new RegExp(`^ARG ${name}=(.*)$`, 'm').exec(project.read('Dockerfile'))?.[1];
    const expected = (variables as Readonly<Record<string, Variable>>)[name]?.default;
    return value === expected ? [] : [`Dockerfile: ${name} is ${value}, and ${expected} in the table`];
  });

checkRule(
  'the base images are those of the table',
  'docker build and docker compose would build different images',
  imageDefaults,
  [
    {
      files: changed(here, 'Dockerfile', 'ARG NODE_IMAGE=node:24', 'ARG NODE_IMAGE=node:22'),
      found: 'NODE_IMAGE is node:22',
    },
  ],
);

const manifestsCopied: Rule = (project) =>
  [...packagesOf(project).keys()]
    .filter((folder) => folder !== '')
    .filter((folder) => !project.read('Dockerfile').includes(`\nCOPY ${folder}/package.json ${folder}/\n`))
    .map((folder) => `Dockerfile: the installation does not know ${folder}/package.json`);

checkRule(
  'images install what all packages declare',
  'a package that is left out has no dependencies in the image',
  manifestsCopied,
  [
    {
      files: { 'packages/plant/package.json': '{"name": "@shoal/plant"}' },
      found: 'does not know packages/plant/package.json',
    },
  ],
);

const walls: Rule = (project) => {
  const { services, networks = {} } = read(project, base);
  return Object.entries(services).flatMap(([name, service]) => {
    const problems: string[] = [];
    const isDoor = name === 'traefik';
    const joined = Array.isArray(service.networks) ? service.networks : Object.keys(service.networks ?? {});
    if (!isDoor && service.ports !== undefined) problems.push('has a port outside');
    if (joined.length === 0 && service.network_mode !== 'none') problems.push('is on the default network');
    for (const network of joined) {
      if (!isDoor && networks[network]?.internal !== true)
        problems.push(`is on ${network}, which leads outside`);
    }
    if (service['read_only'] !== true) problems.push('can write its root file system');
    if (JSON.stringify(service['cap_drop']) !== '["ALL"]') problems.push('keeps capabilities');
    if (!JSON.stringify(service['security_opt']).includes('no-new-privileges:true')) {
      problems.push('may gain privileges');
    }
    if (service['privileged'] === true) problems.push('is privileged');
    if (service['container_name'] !== undefined) problems.push('has a fixed name, so there can be only one');
    if (service['logging'] === undefined) problems.push('has a log without end');
    if (service['restart'] === undefined) problems.push('says nothing of restarts');
    const { memory, pids } = service.deploy?.resources?.limits ?? {};
    if (memory === undefined || pids === undefined) problems.push('has no limit of memory and processes');
    if (JSON.stringify(service.volumes ?? []).includes('docker.sock')) problems.push('has the Docker socket');
    return problems.map((problem) => `${name}: ${problem}`);
  });
};

checkRule(
  'only the front door can be reached, and no service can do more than it must',
  'whoever gets into one container is to be stuck there',
  walls,
  [
    {
      files: changed(here, base, '    user: redis\n', "    user: redis\n    ports: ['6379:6379']\n"),
      found: 'redis: has a port outside',
    },
    {
      files: changed(here, base, 'networks: [edge, exchange]', 'networks: [front, exchange]'),
      found: 'gateway: is on front, which leads outside',
    },
    {
      files: changed(here, base, '  read_only: true\n', ''),
      found: 'gateway: can write its root file system',
    },
    { files: changed(here, base, '  cap_drop: [ALL]\n', ''), found: 'redis: keeps capabilities' },
    {
      files: changed(here, base, 'source: ./traefik,', 'source: /var/run/docker.sock,'),
      found: 'traefik: has the Docker socket',
    },
    {
      files: changed(here, base, '    user: redis\n', '    user: redis\n    container_name: redis\n'),
      found: 'redis: has a fixed name',
    },
  ],
);

const ladder: Rule = (project) => {
  const value = (name: string): number =>
    Number(
      new RegExp(`\\$\\{${name}:-(\\d+)\\}`).exec(project.read(base))?.[1] ??
        (variables as Readonly<Record<string, Variable>>)[name]?.default,
    );
  const needed = value('SHOAL_LAME_DUCK_MS') + value('SHOAL_DRAIN_MS') + closingMarginMs;
  const grace = value('SHOAL_STOP_GRACE_MS');
  return needed < grace ? [] : [`${base}: a gateway needs ${needed} ms to end and is given ${grace}`];
};

checkRule(
  'a container has more time to end than its service takes',
  'it would be killed with answers in its hands',
  ladder,
  [
    {
      files: {
        [base]: here.read(base).replaceAll('${SHOAL_STOP_GRACE_MS:-40000}', '${SHOAL_STOP_GRACE_MS:-30000}'),
      },
      found: 'needs 33000 ms to end and is given 30000',
    },
  ],
);
