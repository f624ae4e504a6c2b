import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../scripts/redis/ports.ts';
import { lookAt, predict, submit } from '../support/ask.ts';
import { pictureThat, plainPicture } from '../support/pictures.ts';
import { findTestRedis, startRedis } from '../support/redis.ts';
import { startScriptedStack } from '../support/scripted-stack.ts';
import { ServiceProcess } from '../support/service-process.ts';
import { waitFor } from '../support/wait-for.ts';

/** Says `fits` or why not, from a process of its own: Node reads NODE_EXTRA_CA_CERTS once, when it starts. */
const program = `
  import { checkRedis, connectConsumer } from ${JSON.stringify(new URL('../../packages/shared/src/redis/connect.ts', import.meta.url).href)};
  const redis = connectConsumer(process.env.REDIS_URL);
  redis.on('error', (error) => { console.log(error.code); process.exit(1); });
  await checkRedis(redis);
  console.log('fits');
  process.exit(0);
`;

function connect(url: string, env: Record<string, string>): string {
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    env: { ...process.env, NODE_EXTRA_CA_CERTS: '', ...env, REDIS_URL: url },
    timeout: 20_000,
  });
  return stdout.trim();
}

const openssl = (...args: readonly string[]): void => void execFileSync('openssl', args, { stdio: 'ignore' });

/** An authority of our own, and a certificate for localhost that it signed. */
function certificates(folder: string): { authority: string; arguments: string[] } {
  const file = (name: string): string => join(folder, name);
  const key = ['-newkey', 'rsa:2048', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    file('ca.key'),
    '-out',
    file('ca.crt'),
    '-subj',
    '/CN=reef',
    '-days',
    '2',
  );
  openssl('req', ...key, '-keyout', file('redis.key'), '-out', file('redis.csr'), '-subj', '/CN=localhost');
  const signing = ['-CA', file('ca.crt'), '-CAkey', file('ca.key'), '-CAcreateserial', '-days', '2'];
  openssl('x509', '-req', '-in', file('redis.csr'), '-out', file('redis.crt'), ...signing);
  return {
    authority: file('ca.crt'),
    arguments: [
      '--tls-cert-file',
      file('redis.crt'),
      '--tls-key-file',
      file('redis.key'),
      '--tls-ca-cert-file',
      file('ca.crt'),
      '--tls-auth-clients',
      'no',
    ],
  };
}

describe('a Redis with TLS', () => {
  let reason: string | undefined;
  beforeAll(async () => {
    if ((await findTestRedis()).kind === 'container')
      reason = 'needs a Redis program, and there is only a container';
    else if (spawnSync('openssl', ['version']).status !== 0) reason = 'needs openssl';
  });

  test('whose authority is private is trusted when NODE_EXTRA_CA_CERTS names it, and refused when not', async ({
    skip,
  }) => {
    if (reason !== undefined) skip(reason);
    const folder = mkdtempSync(join(tmpdir(), 'shoal-tls-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { authority, arguments: tls } = certificates(folder);
    const port = await freePort();
    const server = await startRedis({ furtherArguments: ['--tls-port', String(port), ...tls] });
    onTestFinished(() => server.stop());
    const url = `rediss://localhost:${port}`;
    expect(connect(url, { NODE_EXTRA_CA_CERTS: authority })).toBe('fits');
    expect(connect(url, {})).toMatch(/^(?:SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/);
    // The name in the certificate counts as well: it says localhost, and nothing of an address.
    expect(connect(`rediss://127.0.0.1:${port}`, { NODE_EXTRA_CA_CERTS: authority })).toBe(
      'ERR_TLS_CERT_ALTNAME_INVALID',
    );
  });

  test(
    'carries a whole stack: predictions, a Redis that is killed and returns, and what was accepted before',
    {
      timeout: 60_000,
    },
    async ({ skip }) => {
      if (reason !== undefined) skip(reason);
      const folder = mkdtempSync(join(tmpdir(), 'shoal-tls-'));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const { authority, arguments: tls } = certificates(folder);
      const port = await freePort();
      const stack = await startScriptedStack({
        redis: {
          isAppendOnly: true,
          isSyncedAlways: true,
          furtherArguments: ['--tls-port', String(port), ...tls],
        },
        env: { REDIS_URL: `rediss://localhost:${port}`, NODE_EXTRA_CA_CERTS: authority },
      });
      const picture = await plainPicture([1, 2, 3]);
      expect((await predict(stack.url, 'scripted', picture)).status).toBe(200);
      const id = await submit(stack.url, 'scripted', await pictureThat('takesLong'));
      await stack.redis.kill();
      expect((await predict(stack.url, 'scripted', picture)).body.error?.code).toBe('redis_unavailable');
      await stack.redis.restart();
      await waitFor('the gateway to be ready again', async () => (await fetch(`${stack.url}/readyz`)).ok);
      expect((await lookAt(stack.url, id, 20)).body).toMatchObject({ id, status: 'succeeded' });
      expect((await predict(stack.url, 'scripted', picture)).status).toBe(200);
    },
  );

  test('that is not trusted is told of in words, by the gateway and by the worker', async ({ skip }) => {
    if (reason !== undefined) skip(reason);
    const folder = mkdtempSync(join(tmpdir(), 'shoal-tls-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const port = await freePort();
    const server = await startRedis({
      furtherArguments: ['--tls-port', String(port), ...certificates(folder).arguments],
    });
    onTestFinished(() => server.stop());
    const env = { MODELS_DIR: 'models', MODEL: 'demo-yolo', SHOAL_QUEUE_BYTES_MAX: '100000000' };
    const told = async (main: string, redisUrl: string): Promise<string> => {
      const service = new ServiceProcess(main, {
        ...env,
        PORT: String(await freePort()),
        REDIS_URL: redisUrl,
      });
      onTestFinished(() => service.kill());
      return waitFor('a word', () => service.log.find(({ level }) => level === 'warn')?.msg);
    };
    const gateway = 'apps/gateway/src/main.ts';
    for (const main of [gateway, 'apps/worker-yolo/src/main.ts']) {
      expect(await told(main, `rediss://localhost:${port}`)).toContain('certificate is not trusted');
    }
    expect(await told(gateway, `rediss://127.0.0.1:${server.port}`)).toContain('rediss:// with it');
  });
});
