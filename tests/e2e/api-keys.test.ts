/** The recipes for API keys and quotas of docs/operations.md, in containers. The tests share one project and run in order. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toAnswer, type Answer } from '../support/ask.ts';
import { composeUp, type ComposeStack } from '../support/compose-stack.ts';
import { hasDockerEngine } from '../support/docker.ts';
import { sampleScene } from '../support/pictures.ts';
import { waitFor } from '../support/wait-for.ts';

const hasEngine = await hasDockerEngine();

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

describe.skipIf(!hasEngine)('keys and quotas on a Docker Engine', () => {
  let stack: ComposeStack;
  let scene: Buffer;
  let vars: string;

  beforeAll(async () => {
    scene = await sampleScene();
    stack = await composeUp('shoal-e2e-keys');
  });
  afterAll(async () => {
    // The last test takes it down; after a failure on the way it may still stand.
    await stack?.down();
  });

  const keys = (...args: readonly string[]): Promise<string> =>
    stack.compose('run', '--rm', '--no-TTY', 'keys', ...args);

  async function predict(headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const response = await fetch(`${stack.url}/v1/predictions?model=demo-yolo`, {
      method: 'POST',
      headers: { 'content-type': 'image/jpeg', ...headers },
      body: new Uint8Array(scene),
    });
    return toAnswer(response);
  }

  /** As lines in `.env` would. */
  async function gatewaysWith(env: Readonly<Record<string, string>>, count: number): Promise<void> {
    Object.assign(stack.composeEnvironment, env);
    await stack.compose('up', '--detach', '--wait', '--no-deps', '--scale', `gateway=${count}`, 'gateway');
    await waitFor('the front door', async () => (await fetch(`${stack.url}/readyz`)).ok, 60_000);
  }

  test('keys are made while nobody is asked for one, and then everybody is', async () => {
    expect(await predict()).toMatchObject({ status: 200 });
    vars = await keys('add', 'vars');
    expect(vars).toMatch(/^shoal_[\w-]{43}$/);
    await gatewaysWith({ SHOAL_API_KEYS_FILE: '/run/api-keys/keys' }, 1);
    expect(await predict()).toMatchObject({ status: 401, body: { error: { code: 'unauthorized' } } });
    expect(await predict(bearer(vars))).toMatchObject({ status: 200 });
    expect((await fetch(`${stack.url}/`)).status).toBe(200);
  });

  test('further ones come and go without a restart', async () => {
    const [before] = await stack.containersOf('gateway');
    const mondrian = await keys('add', 'mondrian');
    expect((await keys('list')).split('\n')).toHaveLength(2);
    await waitFor('it to be taken', async () => (await predict(bearer(mondrian))).status === 200, 5_000);
    await keys('revoke', 'mondrian');
    await waitFor('it to be refused', async () => (await predict(bearer(mondrian))).status === 401, 5_000);
    expect(await predict(bearer(vars))).toMatchObject({ status: 200 });
    expect(await stack.containersOf('gateway')).toEqual([before]);
    expect(await stack.compose('logs', '--no-log-prefix')).not.toContain(vars);
  });

  test('a quota holds for a key and for an address, over two gateways, whatever a client claims', async () => {
    await gatewaysWith({ SHOAL_RATE_LIMIT_PER_MINUTE: '4' }, 2);
    const statuses: number[] = [];
    for (let turn = 0; turn < 6; turn += 1) statuses.push((await predict(bearer(vars))).status);
    expect(statuses).toEqual([200, 200, 200, 200, 429, 429]);
    await gatewaysWith({ SHOAL_API_KEYS_FILE: '' }, 2);
    const claimed: number[] = [];
    for (let turn = 0; turn < 6; turn += 1) {
      claimed.push((await predict({ 'x-forwarded-for': `203.0.113.${turn}` })).status);
    }
    expect(claimed).toEqual([200, 200, 200, 200, 429, 429]);
  });

  test('and nothing is left of it', async () => {
    expect(await stack.down()).toEqual([]);
  });
});
