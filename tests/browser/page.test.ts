/**
 * The page as people meet it: built, served by the real gateway in front of a real worker, in a real Chromium. What is
 * reached is reached by role and name, so that the test breaks for whoever would no longer find it either.
 * Without a Chromium the browser's part is skipped; a CHROME_PATH that leads nowhere is a failure, not a skip.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { lookOnce } from '../../scripts/launcher/readiness.ts';
import { buildPage, filesIn } from '../support/built-page.ts';
import { chromePath, inChromium, launchBrowser } from '../support/browser.ts';
import { startStack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const root = path.join(import.meta.dirname, '../..');
const scene = path.join(root, 'examples/scene_2033_0_640x512.jpg');
const pageGzipBytesMax = 150_000;

interface ShownAnswer {
  readonly image: { readonly width: number; readonly height: number };
  readonly detections: readonly {
    readonly label: string;
    readonly score: number;
    readonly box: { readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number };
  }[];
}

let dist: string;

beforeAll(async () => {
  dist = await buildPage();
});

test('the built page is small, and every address in it is relative', async () => {
  const files = await Promise.all((await filesIn(dist)).map((name) => readFile(path.join(dist, name))));
  const gzipBytes = files.reduce((sum, bytes) => sum + gzipSync(bytes).length, 0);
  expect(gzipBytes).toBeLessThan(pageGzipBytesMax);

  const html = await readFile(path.join(dist, 'index.html'), 'utf8');
  const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address);
  expect(addresses.length).toBeGreaterThan(1);
  for (const address of addresses) expect(address).toMatch(/^\.\//);
});

describe.skipIf(chromePath === undefined)(`the page ${inChromium}`, () => {
  let stack: Awaited<ReturnType<typeof startStack>>;
  let browser: Browser;
  let page: Page;
  let consoleErrors: string[];
  let foreignRequests: string[];
  let predictionCount: number;

  beforeAll(async () => {
    stack = await startStack({ models: ['demo-yolo'] });
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
  });

  beforeEach(async () => {
    page = await browser.newPage();
    consoleErrors = [];
    foreignRequests = [];
    predictionCount = 0;
    page.on('console', (message) => {
      if (message.type() === 'error') consoleErrors.push(message.text());
    });
    page.on('pageerror', (error) => consoleErrors.push(error.message));
    page.on('request', (request) => {
      const { origin, pathname } = new URL(request.url());
      if (origin !== new URL(stack.url).origin) foreignRequests.push(request.url());
      if (pathname.endsWith('/v1/predictions')) predictionCount += 1;
    });
    await page.goto(stack.url);
  });

  afterEach(async () => {
    await page.close();
    if (foreignRequests.length > 0) throw new Error(`the page went elsewhere: ${foreignRequests.join(', ')}`);
  });

  const results = (): Locator => page.getByRole('list', { name: 'Results' }).getByRole('listitem');
  const boxes = (): Locator => page.locator('svg rect');

  async function run(file: Parameters<Locator['setInputFiles']>[0]): Promise<void> {
    await page.getByLabel('Image or video').setInputFiles(file);
    await page.getByRole('combobox', { name: 'Model' }).selectOption('demo-yolo');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
  }

  async function shownAnswer(): Promise<ShownAnswer> {
    const json = page.getByLabel('Answer as JSON');
    await json.waitFor({ state: 'visible' });
    return JSON.parse((await json.textContent()) ?? '') as ShownAnswer;
  }

  test('a scene is chosen and run: as many boxes as results, with names, scores and the JSON', async () => {
    await run(scene);
    await results().first().waitFor();

    const words = await results().allTextContents();
    expect(words.length).toBeGreaterThan(0);
    expect(await boxes().count()).toBe(words.length);
    for (const item of words) expect(item).toMatch(/^(circle|square|triangle)[01]\.\d\d/);

    const labels = await page.locator('svg text').allTextContents();
    for (const label of labels) expect(label).toMatch(/^(circle|square|triangle) [01]\.\d\d$/);
    expect(labels).toHaveLength(words.length);

    const answer = await shownAnswer();
    expect(answer.image).toEqual({ width: 640, height: 512 });
    expect(answer.detections.length).toBeGreaterThanOrEqual(words.length);
    expect(consoleErrors).toEqual([]);
  });

  test('each box lies on the picture where the answer says', async () => {
    await run(scene);
    await results().first().waitFor();
    const picture = (await page.getByRole('img', { name: /^The chosen picture/ }).boundingBox())!;
    const { image, detections } = await shownAnswer();

    const drawn = await Promise.all((await boxes().all()).map((box) => box.boundingBox()));
    const places = drawn.map((box) => ({
      x: ((box!.x - picture.x) / picture.width) * image.width,
      y: ((box!.y - picture.y) / picture.height) * image.height,
    }));
    for (const { box } of detections.slice(0, drawn.length)) {
      const near = places.filter(({ x, y }) => Math.abs(x - box.x1) < 4 && Math.abs(y - box.y1) < 4);
      expect(near, `a box at ${box.x1}, ${box.y1}`).not.toEqual([]);
    }
  });

  test('the minimum score filters at once, without another request', async () => {
    await run(scene);
    await results().first().waitFor();
    const { detections } = await shownAnswer();
    const slider = page.getByRole('slider', { name: 'Minimum score' });

    await slider.fill('1');
    expect(await results().count()).toBe(detections.filter(({ score }) => score >= 1).length);
    expect(await boxes().count()).toBe(await results().count());

    await slider.press('Home');
    expect(await results().count()).toBe(detections.length);
    expect(await boxes().count()).toBe(detections.length);
    expect(predictionCount).toBe(1);
  });

  test('the results can be walked by keys and taken away as a file', async () => {
    await run(scene);
    await results().first().waitFor();
    await results().first().getByRole('button').focus();
    await page.keyboard.press('End');
    expect(await page.locator('svg .box-active rect').count()).toBe(1);
    expect(await page.locator(':focus').textContent()).toBe(await results().last().textContent());

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download results' }).click(),
    ]);
    // Browsers write the colons of the time in their own way.
    expect(download.suggestedFilename()).toMatch(
      /^Results__scene_2033_0_640x512\.jpg__\d{4}-\d\d-\d\dT\d\d.\d\d.\d\d\.\d{3}Z\.json$/,
    );
    expect(JSON.parse(await readFile(await download.path(), 'utf8'))).toEqual(await shownAnswer());
  });

  test('a broken picture is an error in words, and the next picture works', async () => {
    await run({ name: 'x.png', mimeType: 'image/png', buffer: Buffer.from('no picture at all') });
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(/not a picture|damaged/);
    expect(await boxes().count()).toBe(0);

    await run(scene);
    await results().first().waitFor();
    expect(await alert.count()).toBe(0);
  });

  test('a file that is no picture is refused before anything is sent', async () => {
    const file = { name: 'dive.mp4', mimeType: 'video/mp4', buffer: Buffer.from('no video either') };
    await page.getByLabel('Image or video').setInputFiles(file);
    expect(await page.getByRole('alert').textContent()).toContain('dive.mp4');
    expect(await page.getByRole('button', { name: 'Run', exact: true }).isDisabled()).toBe(true);
    expect(predictionCount).toBe(0);
  });
});

describe.skipIf(chromePath === undefined)(`the page of a server that asks for keys, ${inChromium}`, () => {
  let folder: string;
  let stack: Awaited<ReturnType<typeof startStack>>;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let addresses: string[];
  let key: string;

  async function keys(...args: readonly string[]): Promise<string> {
    const command = ['apps/gateway/src/main.ts', 'keys', ...args, '--file', path.join(folder, 'keys')];
    return (await promisify(execFile)(process.execPath, command, { cwd: root })).stdout.trim();
  }

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'shoal-keys-'));
    key = await keys('add', 'ada');
    stack = await startStack({
      models: [],
      env: { SHOAL_API_KEYS_FILE: path.join(folder, 'keys') },
    });
    await stack.startWorker('demo-yolo');
    await waitFor('the model', async () => (await lookOnce(stack.url, ['demo-yolo'])).state === 'ready');
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    // With a memory of its own.
    context = await browser.newContext();
    page = await open();
    addresses = [];
  });
  afterEach(() => context.close());

  async function open(): Promise<Page> {
    const opened = await context.newPage();
    opened.on('request', (request) => addresses?.push(request.url()));
    await opened.goto(stack.url);
    return opened;
  }

  const dialog = (): Locator => page.getByRole('dialog', { name: 'This server asks for a key' });
  const model = (): Locator => page.getByRole('combobox', { name: 'Model' });
  const modelIs = (name: string) =>
    waitFor(`the model to be ${name}`, async () => (await model().inputValue()) === name);
  const isAsked = () => dialog().isVisible();

  async function give(text: string): Promise<void> {
    await dialog().getByLabel('API key').fill(text);
    await dialog().getByRole('button', { name: 'Use this key' }).click();
  }

  test('it asks for a key, says that a wrong one is wrong, and works with a right one', async () => {
    await dialog().waitFor();
    expect(await page.locator(':focus').getAttribute('id')).toBe('api-key');
    expect(await dialog().getByLabel('API key').getAttribute('type')).toBe('password');
    await give('shoal_wrong');
    await dialog().getByRole('alert').waitFor();
    expect(await dialog().getByRole('alert').textContent()).toContain('not accepted');
    await give(key);
    await dialog().waitFor({ state: 'hidden' });
    await modelIs('demo-yolo');
    await page.getByLabel('Image or video').setInputFiles(scene);
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByRole('list', { name: 'Results' }).getByRole('listitem').first().waitFor();
    expect(addresses.length).toBeGreaterThan(3);
    expect(addresses.join()).not.toContain(key);
    expect(await page.content()).not.toContain(key);
  });

  test('a key is kept with the tab; another tab is asked anew', async () => {
    await give(key);
    await modelIs('demo-yolo');
    await page.reload();
    await modelIs('demo-yolo');
    expect(await isAsked()).toBe(false);
    page = await open();
    await dialog().waitFor();
    expect(await dialog().getByRole('alert').count()).toBe(0);
  });

  test('a key that is to be remembered is there in every tab, until it is forgotten', async () => {
    await dialog().getByLabel('Remember it on this computer').check();
    await give(key);
    await modelIs('demo-yolo');
    page = await open();
    await modelIs('demo-yolo');
    await page.getByRole('button', { name: 'Forget my key' }).click();
    await dialog().waitFor();
    expect(await model().inputValue()).toBe('');
    page = await open();
    await dialog().waitFor();
  });

  test('whoever puts it off can look around, and finds the way back', async () => {
    await dialog().waitFor();
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'hidden' });
    expect(await model().isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Enter a key' }).click();
    await give(key);
    await modelIs('demo-yolo');
    expect(await page.getByRole('button', { name: 'Enter a key' }).count()).toBe(0);
  });

  test('a key that is revoked meanwhile is asked for again', async () => {
    const short = await keys('add', 'short-lived');
    // Until the gateway has seen the new key.
    await waitFor('the key to be taken', async () => {
      const headers = { authorization: `Bearer ${short}` };
      return (await fetch(`${stack.url}/v1/models`, { headers })).ok;
    });
    await give(short);
    await modelIs('demo-yolo');
    expect(await isAsked()).toBe(false);
    await keys('revoke', 'short-lived');
    await dialog().waitFor();
    expect(await dialog().getByRole('alert').textContent()).toContain('revoked');
  });
});
