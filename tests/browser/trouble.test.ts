/**
 * What the page says and does when something is wrong: a full queue, a gateway that dies, a model that fails or is away,
 * somebody who cancels. In front of a real gateway whose model does what the colour of a picture says.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  chromePath,
  inChromium,
  launchBrowser,
  openPage,
  partsOf,
  type WatchedPage,
} from '../support/browser.ts';
import { buildPage } from '../support/built-page.ts';
import { pictureThat, plainPicture } from '../support/pictures.ts';
import { makeModelsFolder, type ModelsFolder } from '../support/scripted-models.ts';
import { startStack, type Stack } from '../support/stack.ts';

/** One picture at a time, so that others wait. */
const oneByOne = { SHOAL_INFERENCE_THREADS: '1', SHOAL_BATCH_MAX: '1' };

const file = (name: string, buffer: Buffer) => ({ name, mimeType: 'image/png', buffer });

/** The browser itself writes down each answer that is none. */
const refusals = /^Failed to load resource/;

describe.skipIf(chromePath === undefined)(`trouble on the page, ${inChromium}`, () => {
  let models: ModelsFolder;
  let stack: Stack;
  let browser: Browser;
  let opened: WatchedPage;
  let page: Page;
  let parts: ReturnType<typeof partsOf>;

  beforeAll(async () => {
    await buildPage();
    models = await makeModelsFolder();
    await models.add('scripted');
    await models.add('second');
    stack = await startStack({ models: ['scripted'], modelsDir: models.dir, env: oneByOne });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
    await models?.remove();
  });
  beforeEach(() => open(stack.url));
  afterEach(() => opened.close(refusals));

  async function open(url: string): Promise<void> {
    await opened?.close(refusals);
    opened = await openPage(browser, url);
    page = opened.page;
    parts = partsOf(page);
  }

  async function runSlow(count: number): Promise<void> {
    const buffer = await pictureThat('takesLong');
    await parts
      .files()
      .setInputFiles(Array.from({ length: count }, (_, index) => file(`slow-${index}.png`, buffer)));
    await parts.model().selectOption('scripted');
    await parts.run();
  }
  const said = (words: string) => parts.alert().filter({ hasText: words }).waitFor();
  const ends = (words: string) => parts.status().filter({ hasText: words }).waitFor();

  test('many show how far they are; Cancel keeps what is there and tells the server', async () => {
    await runSlow(8);
    const progress = page.getByRole('progressbar', { name: 'Progress' });
    await expect.poll(() => progress.getAttribute('value'), { timeout: 20_000 }).toBe('1');
    expect(await progress.getAttribute('max')).toBe('8');

    await parts.button('Cancel').click();
    await ends('Canceled.');
    expect(await progress.count()).toBe(0);
    expect(await parts.strip().last().getAttribute('aria-label')).toBe('slow-7.png, canceled');
    const answered = page.getByRole('option', { name: /^slow-\d\.png, nothing found$/ });
    expect(await answered.count()).toBeGreaterThan(0);
    await expect
      .poll(() => opened.requests.filter((made) => made.startsWith('DELETE ')).length)
      .toBeGreaterThan(0);
    await page.getByText('Ready, 1 worker, nobody waiting').waitFor();
  });

  test('a picture on which the model fails does so alone, and can be tried again', async () => {
    const [good, bad] = await Promise.all([plainPicture([90, 90, 90]), pictureThat('throws')]);
    await parts.files().setInputFiles([file('a.png', good), file('b.png', bad), file('c.png', good)]);
    await parts.run();
    await ends('1 failed.');
    await page.getByRole('button', { name: 'Show the next that failed' }).click();
    await said('The model failed on this picture');
    expect(await parts.strip().nth(2).getAttribute('aria-label')).toBe('c.png, nothing found');
    const asked = opened.requests.filter((made) => made === 'POST /v1/predictions').length;
    await parts.button('Retry failed').click();
    await expect
      .poll(() => opened.requests.filter((made) => made === 'POST /v1/predictions').length)
      .toBe(asked + 1);
  });

  test('a full queue is said in words, with when the page asks again, and everything is answered in the end', async () => {
    const narrow = await stack.startGateway({ SHOAL_MODEL_JOBS_MAX: '1' });
    await open(narrow.url);
    await runSlow(4);
    await said('The server is busy');
    await page.getByText(/Asks again in \d+ s|Asking again…/).waitFor();
    await ends('Done: something found in 0 of 4 pictures.');
    expect(await parts.alert().count()).toBe(0);
    await narrow.gateway.kill();
  });

  test('a gateway that dies is said in words; when it is back the run goes on, and nothing is lost', async () => {
    const other = await stack.startGateway();
    await open(other.url);
    await runSlow(5);
    const progress = page.getByRole('progressbar', { name: 'Progress' });
    await expect.poll(() => progress.getAttribute('value'), { timeout: 20_000 }).toBe('1');
    await other.gateway.kill();
    await said('The server cannot be reached');
    await page.getByText('The server cannot be reached; asking again every few seconds.').waitFor();
    const answered = page.getByRole('option', { name: /^slow-\d\.png, nothing found$/ });
    expect(await answered.count()).toBeGreaterThan(0);

    const back = await stack.startGateway({ PORT: new URL(other.url).port });
    await ends('Done: something found in 0 of 5 pictures.');
    expect(await parts.alert().count()).toBe(0);
    await back.gateway.kill();
  });

  test('a model whose worker went says so in the list, and below it how many wait; another can be chosen', async () => {
    const worker = await stack.startWorker('second');
    await stack.modelBecomes('second', 'ready');
    await worker.kill();
    await stack.modelBecomes('second', 'away');
    await parts.model().locator('option', { hasText: 'second (away)' }).waitFor({ state: 'attached' });
    await parts.model().selectOption('second');
    await parts.files().setInputFiles(file('a.png', await plainPicture([90, 90, 90])));
    await parts.run();
    await page.getByText('No worker is serving it right now, 1 waiting').waitFor();
    await parts.button('Cancel').click();
    await page.getByText('No worker is serving it right now, nobody waiting').waitFor();
    await parts.model().selectOption('scripted');
    await page.getByText('Ready, 1 worker, nobody waiting').waitFor();
    expect(await parts.model().inputValue()).toBe('scripted');
  });
});
