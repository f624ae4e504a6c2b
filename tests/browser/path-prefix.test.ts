/** The built page below a path prefix, where a front door serves more than one thing. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromePath, inChromium, launchBrowser, openPage, partsOf } from '../support/browser.ts';
import { startMadePage, three, type MadePage } from '../support/made-page.ts';
import { plainPicture } from '../support/pictures.ts';

describe.skipIf(chromePath === undefined)(`the page below a path prefix, ${inChromium}`, () => {
  let made: MadePage;
  let browser: Browser;

  beforeAll(async () => {
    made = await startMadePage('/model/v1');
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await made?.stop();
  });

  test('everything that it asks for lies below the prefix, and a picture gets its results', async () => {
    const { page, requests, close } = await openPage(browser, made.url);
    const { files, run, results, boxes } = partsOf(page);
    const buffer = await plainPicture([40, 80, 90]);
    await files().setInputFiles({ name: 'dive.png', mimeType: 'image/png', buffer });
    await run();
    await expect.poll(() => results().count()).toBe(three.length);
    expect(await boxes().count()).toBe(three.length);
    expect(requests).toContain('POST /model/v1/v1/predictions');
    expect(requests.filter((request) => !/^\w+ \/model\/v1\/|^GET [^/]/.test(request))).toEqual([]);
    expect(await page.getByRole('link', { name: 'API' }).getAttribute('href')).toBe('./docs');
    await close();
  });
});
