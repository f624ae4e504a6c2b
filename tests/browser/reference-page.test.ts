/** `/docs` of a running gateway, as its headers say it and as a real Chromium shows it, also below a path prefix. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { chromePath, inChromium, launchBrowser } from '../support/browser.ts';
import { findTraefik, startFrontDoor, type FrontDoor } from '../support/front-door.ts';
import { startStack, type Stack } from '../support/stack.ts';

let stack: Stack;
let door: FrontDoor | undefined;

beforeAll(async () => {
  stack = await startStack({ models: [] });
  if (findTraefik() === undefined) return;
  const below = { readyAt: '/model/v1/readyz' };
  door = await startFrontDoor(stack.url, { SHOAL_PATH_PREFIX: '/model/v1' }, below);
});

afterAll(async () => {
  await door?.stop();
  await stack.stop();
});

test('it is a page that may load nothing and run nothing', async () => {
  const response = await fetch(`${stack.url}/docs`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  const policy = response.headers.get('content-security-policy')!;
  expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[^']+';/);
  expect(policy).not.toMatch(/script-src|unsafe|https?:|\*/);
  const html = await response.text();
  expect(html).not.toMatch(/<script|<link rel="stylesheet"|\sstyle=|\son[a-z]+=/);
  expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
});

test('with a slash at its end it leads to the address without', async () => {
  const response = await fetch(`${stack.url}/docs/`, { redirect: 'manual' });
  expect(response.status).toBe(308);
  expect(new URL(response.headers.get('location')!, `${stack.url}/docs/`).pathname).toBe('/docs');
  expect((await fetch(`${stack.url}/docs/`)).status).toBe(200);
});

test('it asks for no key where everything else does', async () => {
  const keyed = await stack.startGateway({ SHOAL_API_KEYS_FILE: await emptyKeyFile() });
  expect((await fetch(`${keyed.url}/v1/models`)).status).toBe(401);
  expect((await fetch(`${keyed.url}/docs`)).status).toBe(200);
  await keyed.gateway.kill();
});

test.skipIf(findTraefik() === undefined)(
  'below a prefix the description says where the server is',
  async () => {
    const description = (await (await fetch(`${door!.url}/model/v1/openapi.json`)).json()) as {
      servers: unknown;
    };
    expect(description.servers).toEqual([{ url: '/model/v1' }]);
    const response = await fetch(`${door!.url}/model/v1/docs/`);
    expect(response.status).toBe(200);
    expect(new URL(response.url).pathname).toBe('/model/v1/docs');
  },
);

describe.skipIf(chromePath === undefined)(`the reference, ${inChromium}`, () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchBrowser();
  });

  afterAll(() => browser.close());

  const ways = [
    { name: 'at a gateway', isThere: true, address: () => `${stack.url}/docs` },
    {
      name: 'below a prefix',
      isThere: findTraefik() !== undefined,
      address: () => `${door!.url}/model/v1/docs`,
    },
  ];

  test.each(ways.flatMap((way) => (way.isThere ? [way] : [])))(
    '$name its style is applied, nothing is refused, and its links lead somewhere',
    async ({ address }) => {
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      const problems: string[] = [];
      page.on('console', (message) => {
        // There is no icon while the page at `/` is not built.
        if (message.type() === 'error' && !message.location().url.endsWith('/favicon.svg')) {
          problems.push(message.text());
        }
      });
      page.on('request', (request) => {
        if (!request.url().startsWith(new URL(address()).origin)) problems.push(request.url());
      });
      await page.goto(address());
      const navigation = page.getByRole('navigation', { name: 'Contents' });
      expect(await page.evaluate("getComputedStyle(document.querySelector('nav')).position")).toBe('sticky');
      await navigation.getByRole('link', { name: 'GET /v1/models/{name}' }).click();
      expect(new URL(page.url()).hash).toBe('#getModel');
      const described = page.getByRole('link', { name: 'openapi.json', exact: true });
      const target = new URL((await described.getAttribute('href'))!, page.url());
      expect((await fetch(target)).headers.get('content-type')).toMatch(/^application\/json/);
      const article = page.locator('#predict');
      const refusal = article.getByText('no model has this name');
      expect(await refusal.first().isVisible()).toBe(false);
      await article.locator('summary', { hasText: '404' }).click();
      expect(await refusal.first().isVisible()).toBe(true);
      expect(problems).toEqual([]);
      await page.close();
    },
  );

  test('on a phone nothing is wider than the screen, and the keyboard skips the contents', async () => {
    const page = await browser.newPage({ viewport: { width: 360, height: 740 }, colorScheme: 'dark' });
    await page.goto(`${stack.url}/docs`);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    await page.close();
  });
});

/** A file of keys that knows nobody. */
async function emptyKeyFile(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'shoal-keys-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'keys');
  await writeFile(file, '');
  return file;
}
