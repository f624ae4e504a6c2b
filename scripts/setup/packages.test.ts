/** The set-up as a person meets it: the real scripts in a small checkout, with a stand-in for npx that notes its calls. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const scripts = dirname(dirname(fileURLToPath(import.meta.url)));
let checkout: string;

/** Notes its arguments and the environment that matters, and puts the Node of this test where Node 24 goes. */
const npx = `#!/bin/sh
echo "$* NODE_ENV=$NODE_ENV" >> "$CHECKOUT/npx.log"
[ -f "$CHECKOUT/registry-is-away" ] && { echo 'getaddrinfo ENOTFOUND' >&2; exit 1; }
mkdir -p "$CHECKOUT/node_modules/node/bin" "$CHECKOUT/apps/gateway/node_modules"
ln -sf "$NODE" "$CHECKOUT/node_modules/node/bin/node"
`;

function put(path: string, text: string): void {
  mkdirSync(dirname(join(checkout, path)), { recursive: true });
  writeFileSync(join(checkout, path), text);
}

function npm(script: 'start.mjs' | 'test.mjs') {
  // Both streams into one, as a terminal shows them.
  const command = `exec "$NODE" "$CHECKOUT/scripts/${script}" argument 2>&1`;
  const { status, stdout } = spawnSync('sh', ['-c', command], {
    encoding: 'utf8',
    timeout: 20_000,
    env: {
      PATH: `${checkout}/bin:${process.env['PATH']}`,
      CHECKOUT: checkout,
      NODE: process.execPath,
      NODE_ENV: 'production',
    },
  });
  return { status, output: stdout };
}

const calls = (): string[] =>
  existsSync(join(checkout, 'npx.log'))
    ? readFileSync(join(checkout, 'npx.log'), 'utf8').trimEnd().split('\n')
    : [];

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'shoal-checkout-'));
  cpSync(join(scripts, 'setup'), join(checkout, 'scripts', 'setup'), { recursive: true });
  for (const name of ['start.mjs', 'test.mjs']) cpSync(join(scripts, name), join(checkout, 'scripts', name));
  put('scripts/launcher/main.ts', 'console.log("launched with", process.argv[2]);process.exit(7)');
  put('scripts/test-run/main.ts', 'console.log("1 passed, 0 failed, 0 skipped");process.exit(0)');
  put('package.json', '{"type":"module","packageManager":"pnpm@12.0.1"}');
  put('pnpm-lock.yaml', 'lock: 1');
  put('pnpm-workspace.yaml', '');
  put('apps/gateway/package.json', '{"dependencies":{"fastify":"5"}}');
  put('bin/npx', npx);
  chmodSync(join(checkout, 'bin', 'npx'), 0o755);
});

afterEach(() => {
  rmSync(checkout, { recursive: true });
});

test('a fresh clone gets its locked packages from the pinned pnpm, development ones too, and is told so', () => {
  const { status, output } = npm('start.mjs');
  expect(output).toContain('pnpm 12.0.1 through npx');
  expect(output).toContain('launched with argument');
  expect(calls()).toEqual(['--yes pnpm@12.0.1 install --frozen-lockfile NODE_ENV=']);
  expect(status).toBe(7);
});

test('a second start asks nobody and says nothing', () => {
  npm('start.mjs');
  expect(npm('start.mjs').output).toBe('launched with argument\n');
  expect(calls()).toHaveLength(1);
});

test.each([
  ['the lock file', () => put('pnpm-lock.yaml', 'lock: 2')],
  ["an app's packages", () => put('apps/gateway/package.json', '{"dependencies":{"fastify":"6"}}')],
  ['a new app', () => put('apps/worker-new/package.json', '{}')],
  [
    'packages that were removed',
    () => rmSync(join(checkout, 'apps/gateway/node_modules'), { recursive: true }),
  ],
  ['a Node 24 that is gone', () => rmSync(join(checkout, 'node_modules/node'), { recursive: true })],
])('%s calls for an installation', (_name, change) => {
  npm('start.mjs');
  change();
  npm('start.mjs');
  expect(calls()).toHaveLength(2);
});

test('a registry that is away is said in its own words, with a failure, and tried again next time', () => {
  put('registry-is-away', '');
  const { status, output } = npm('start.mjs');
  expect(status).toBe(1);
  expect(output).toMatch(/getaddrinfo ENOTFOUND[^]*Installing the packages failed \(exit code 1\)/);
  rmSync(join(checkout, 'registry-is-away'));
  expect(npm('start.mjs').status).toBe(7);
});

test('without packages, the last line of npm test counts one failure', () => {
  put('registry-is-away', '');
  const { status, output } = npm('test.mjs');
  expect(status).toBe(1);
  expect(output.trimEnd().split('\n').at(-1)).toBe('0 passed, 1 failed, 0 skipped');
});

test('a set-up that was killed leaves no lock behind that anybody waits for', () => {
  put('.data/setup.lock', '999999999');
  expect(npm('start.mjs').status).toBe(7);
  expect(existsSync(join(checkout, '.data/setup.lock'))).toBe(false);
});
