/** A video on the page, from the file to what was found in it when, in front of a real gateway and worker. */
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
import { recordVideo, sceneFromS, videoSize } from '../support/made-video.ts';
import { startStack, type Stack } from '../support/stack.ts';

describe.skipIf(chromePath === undefined)(`a video on the page, ${inChromium}`, () => {
  let stack: Stack;
  let browser: Browser;
  let video: Awaited<ReturnType<typeof recordVideo>>;
  let opened: WatchedPage;
  let page: Page;
  let parts: ReturnType<typeof partsOf>;

  beforeAll(async () => {
    await buildPage();
    browser = await launchBrowser();
    [stack, video] = await Promise.all([startStack({ models: ['demo-yolo'] }), recordVideo(browser)]);
  });
  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
  });
  beforeEach(async () => {
    opened = await openPage(browser, stack.url);
    page = opened.page;
    parts = partsOf(page);
    await parts.files().setInputFiles(video);
  });
  afterEach(() => opened.close());

  const nowS = (): Promise<number> => page.evaluate<number>("document.querySelector('video').currentTime");
  const seek = async (atS: number): Promise<void> => {
    await page.evaluate(`new Promise((resolve) => {
      const video = document.querySelector('video');
      video.addEventListener('seeked', resolve, { once: true });
      video.currentTime = ${atS};
    })`);
  };
  const snapshotReady = () => expect.poll(() => parts.button('Grab snapshot').isEnabled()).toBe(true);

  test('it plays', async () => {
    await page.getByLabel('The chosen video, dive.webm').waitFor();
    await snapshotReady();
    await page.evaluate("document.querySelector('video').play()");
    await expect.poll(nowS).toBeGreaterThan(0.2);
  });

  test('a snapshot is the frame at the size of the video, and is run like any picture', async () => {
    await snapshotReady();
    await seek(1.8);
    await parts.button('Grab snapshot').click();
    await page.getByRole('img', { name: /The chosen picture, dive_00-00-01\.8\d\d\.png/ }).waitFor();
    const { width, height } = videoSize;
    await page.getByText(`${width} × ${height} px`).waitFor();
    await parts.run();
    await parts.results().first().waitFor();
    expect(await parts.boxes().count()).toBe(await parts.results().count());
  });

  test('Run on video says what was found when, and a press jumps there', async () => {
    await snapshotReady();
    await page.getByLabel('Seconds between frames').fill('0.3');
    await parts.button('Run on video').click();
    await parts
      .status()
      .filter({ hasText: /^Done: something found in [1-9]\d* of [1-9]\d* frames/ })
      .waitFor();
    const rows = page.getByRole('list', { name: 'Found in the video' }).getByRole('listitem');
    const [, foundCount = '', frameCount = ''] =
      /found in (\d+) of (\d+)/.exec((await parts.status().textContent()) ?? '') ?? [];
    expect(await rows.count()).toBe(Number(foundCount));
    expect(Number(foundCount)).toBeLessThan(Number(frameCount));

    const last = rows.last().getByRole('button');
    const [, seconds = ''] = /^0:0(\d(?:\.\d)?)/.exec((await last.textContent()) ?? '') ?? [];
    expect(Number(seconds)).toBeGreaterThan(sceneFromS);
    expect(await last.textContent()).toMatch(/\d × (?:circle|square|triangle)/);
    await last.click();
    await expect.poll(nowS).toBeCloseTo(Number(seconds), 1);
    expect(await last.getAttribute('aria-current')).toBe('true');
    await expect.poll(() => parts.boxes().count()).toBeGreaterThan(0);
    expect(await parts.boxes().count()).toBe(await parts.results().count());
    expect(opened.requests.filter((made) => made === 'POST /v1/predictions')).toHaveLength(
      Number(frameCount),
    );
  });

  test('Run alone looks at the frame that is shown', async () => {
    await snapshotReady();
    await seek(1.8);
    await page.getByText('Looks at the frame that is shown').waitFor();
    await expect.poll(() => parts.button('Run').isEnabled()).toBe(true);
    await parts.run();
    await parts.results().first().waitFor();
    expect(opened.requests.filter((made) => made === 'POST /v1/predictions')).toHaveLength(1);
  });

  test('what is no video that the browser plays is said to be none, with what to do', async () => {
    const broken = { name: 'broken.mp4', mimeType: 'video/mp4', buffer: Buffer.from('no video at all') };
    const remove = page.getByRole('button', { name: 'Remove dive.webm' });
    await remove.click();
    await remove.waitFor({ state: 'detached' });
    await parts.files().setInputFiles(broken);
    await parts
      .alert()
      .filter({ hasText: '“broken.mp4” cannot be played by this browser. Save it as MP4' })
      .waitFor();
    expect(await parts.button('Run').isDisabled()).toBe(true);
  });
});
