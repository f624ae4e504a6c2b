/**
 * The ways in which pictures come to the page (several, a folder, the clipboard, a drop, keys alone) and what becomes of many
 * at once, in front of a real gateway and worker.
 */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
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
import { repository } from '../support/service-process.ts';
import { startStack, type Stack } from '../support/stack.ts';

const example = (name: string): string => path.join(repository, 'examples', name);
const scenes = [
  example('scene_2033_0_640x512.jpg'),
  example('scene_2033_1_480x640.jpg'),
  example('scene_2033_2_320x320.jpg'),
];

/** A transfer with one scene in it, as a clipboard or a drag carries it; inside the page. */
async function transferWith(file: string): Promise<string> {
  const text = (await readFile(file)).toString('base64');
  return `(() => {
    const bytes = Uint8Array.from(atob('${text}'), (letter) => letter.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], 'given.jpg', { type: 'image/jpeg' }));
    return transfer;
  })()`;
}

describe.skipIf(chromePath === undefined)(`pictures come to the page, ${inChromium}`, () => {
  let stack: Stack;
  let browser: Browser;
  let opened: WatchedPage;
  let page: Page;
  let parts: ReturnType<typeof partsOf>;

  beforeAll(async () => {
    await buildPage();
    stack = await startStack({ models: ['demo-yolo'] });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
  });
  beforeEach(async () => {
    opened = await openPage(browser, stack.url);
    page = opened.page;
    parts = partsOf(page);
  });
  afterEach(() => opened.close());

  const predictionCount = (): number =>
    opened.requests.filter((made) => made === 'POST /v1/predictions').length;
  const ends = (words: string | RegExp) => parts.status().filter({ hasText: words }).waitFor();

  test('several pictures are run at once, each is found with its own results, and the file holds all', async () => {
    await parts.files().setInputFiles(scenes);
    expect(await parts.strip().count()).toBe(3);
    await page.getByText('Looks at 3 pictures.').waitFor();
    await parts.run();
    await ends('Done: something found in 3 of 3 pictures.');
    expect(predictionCount()).toBe(3);
    for (const cell of await parts.strip().all())
      expect(await cell.getAttribute('aria-label')).toMatch(/, [1-9]\d* found$/);

    await parts.strip().nth(1).click();
    await page.getByRole('img', { name: 'The chosen picture, scene_2033_1_480x640.jpg' }).waitFor();
    const label = await parts.strip().nth(1).getAttribute('aria-label');
    expect(label).toBe(`scene_2033_1_480x640.jpg, ${await parts.results().count()} found`);
    await expect.poll(() => parts.boxes().count()).toBe(await parts.results().count());

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      parts.button('Download results').click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^Results__pictures__.+\.json$/);
    const text = await readFile(await download.path(), 'utf8');
    for (const scene of scenes) expect(text).toContain(path.basename(scene));
  });

  test('of a folder the pictures are taken, in the order of their names, and what is none is left in peace', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'shoal-dive-'));
    try {
      const dive = path.join(folder, 'dive 7');
      await mkdir(path.join(dive, 'deeper'), { recursive: true });
      await cp(scenes[0]!, path.join(dive, 'b10.jpg'));
      await cp(scenes[1]!, path.join(dive, 'b9.jpg'));
      await cp(scenes[2]!, path.join(dive, 'deeper', 'c.jpg'));
      await writeFile(path.join(dive, 'log.txt'), 'calm sea');
      await writeFile(path.join(dive, '.DS_Store'), 'x');
      await parts.folder().setInputFiles(dive);
      await parts.strip().nth(2).waitFor();
      const names = await parts
        .strip()
        .evaluateAll((cells) => cells.map((cell) => cell.getAttribute('title')));
      expect(names).toEqual(['dive 7/b9.jpg', 'dive 7/b10.jpg', 'dive 7/deeper/c.jpg']);
      expect(await parts.alert().textContent()).toContain('log.txt');

      await parts.run();
      await ends('Done: something found in 3 of 3 pictures.');
      await page.getByLabel('Other formats').click();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'MegaDetector' }).click(),
      ]);
      expect(download.suggestedFilename()).toMatch(/^Results__dive 7__/);
      const batch = JSON.parse(await readFile(await download.path(), 'utf8')) as {
        images: { file: string }[];
      };
      expect(batch.images.map(({ file }) => file).toSorted()).toEqual(
        names.toSorted((left, right) => (left! < right! ? -1 : 1)),
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('a picture that is pasted is there to be run', async () => {
    const event = `new ClipboardEvent('paste', { clipboardData: ${await transferWith(scenes[0]!)}, bubbles: true })`;
    await page.evaluate(`document.body.dispatchEvent(${event})`);
    await page.getByRole('img', { name: 'The chosen picture, given.jpg' }).waitFor();
    await parts.run();
    await parts.results().first().waitFor();
    expect(predictionCount()).toBe(1);
  });

  test('a picture that is dropped anywhere on the page is there to be run', async () => {
    const transfer = await transferWith(scenes[2]!);
    await page.evaluate(`(() => {
      const dataTransfer = ${transfer};
      for (const type of ['dragover', 'drop'])
        document.querySelector('h1').dispatchEvent(
          new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }),
        );
    })()`);
    await page.getByRole('img', { name: 'The chosen picture, given.jpg' }).waitFor();
    expect(await page.getByText('Drop pictures, folders or videos').count()).toBe(0);
    await parts.run();
    await parts.results().first().waitFor();
  });

  test('a sample is one press away', async () => {
    await page.getByRole('button', { name: 'All four' }).click();
    await parts.strip().nth(3).waitFor();
    await parts.run();
    await ends('Done: something found in 4 of 4 pictures.');
    expect(predictionCount()).toBe(4);
  });

  test('with keys alone one gets from a file to its results, and from one picture to the next', async () => {
    const focused = (): Promise<string> =>
      page.evaluate<string>(
        "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent",
      );
    const tabTo = async (name: string): Promise<void> => {
      for (let presses = 0; presses < 30; presses++) {
        await page.keyboard.press('Tab');
        if ((await focused()).startsWith(name)) return;
      }
      throw new Error(`no ${name} by the Tab key`);
    };
    // Before the models are there, the page is still being put together around whoever is early.
    await page.getByText('Ready, 1 worker').first().waitFor();
    await parts.files().focus();
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.keyboard.press('Space')]);
    await chooser.setFiles(scenes.slice(0, 2));
    await expect.poll(() => parts.strip().count()).toBe(2);
    await expect.poll(() => parts.button('Run').isEnabled()).toBe(true);
    await tabTo('Pictures');
    await tabTo('Run');
    await page.keyboard.press('Enter');
    await ends('Done: something found in 2 of 2 pictures.');
    // Where the keyboard was, it is.
    expect(await focused()).toBe('Run');
    await tabTo('Download results');
    await tabTo((await parts.results().first().textContent()) ?? '');
    await expect.poll(() => page.locator('svg .box-active rect').count()).toBe(1);

    await page.getByRole('listbox', { name: 'Pictures' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('img', { name: 'The chosen picture, scene_2033_1_480x640.jpg' }).waitFor();
  });
});
