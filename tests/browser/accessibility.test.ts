/**
 * What axe finds wrong with the page, in its states, light and dark, on a desk and on phones: nothing. With PAGE_SCREENS set to
 * a folder a picture of each is saved there, since what is ugly no rule finds.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import axe, { type AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromePath, inChromium, launchBrowser, openPage, partsOf } from '../support/browser.ts';
import { size, startMadePage, three, type MadePage } from '../support/made-page.ts';
import { recordVideo } from '../support/made-video.ts';
import { repository } from '../support/service-process.ts';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const widths = [1280, 375, 320];
const schemes = ['light', 'dark'] as const;
const screens = process.env['PAGE_SCREENS'];

const source = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

async function violationsIn(page: Page): Promise<readonly string[]> {
  // Colours that are still on their way from the other scheme would be measured halfway.
  await page.evaluate('Promise.allSettled(document.getAnimations().map((animation) => animation.finished))');
  const options = JSON.stringify({ runOnly: tags, resultTypes: ['violations'] });
  const { violations } = await page.evaluate<AxeResults>(`axe.run(${options})`);
  return violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('; ')}`,
  );
}

describe.skipIf(chromePath === undefined)(`the page for everybody, ${inChromium}`, () => {
  let made: MadePage;
  let browser: Browser;
  let photographs: readonly { name: string; mimeType: string; buffer: Buffer }[];
  let video: Awaited<ReturnType<typeof recordVideo>>;
  let rules: string;

  beforeAll(async () => {
    made = await startMadePage();
    browser = await launchBrowser();
    rules = await readFile(source, 'utf8');
    const scene = path.join(repository, 'examples/scene_2033_0_640x512.jpg');
    const buffer = await sharp(scene)
      .resize({ ...size, fit: 'cover' })
      .jpeg()
      .toBuffer();
    photographs = [
      'dive-1.jpg',
      'dive-2.jpg',
      'a rather long name of a file that somebody gave a picture.jpg',
    ].map((name) => ({ name, mimeType: 'image/jpeg', buffer }));
    video = await recordVideo(browser);
  });

  afterAll(async () => {
    await browser?.close();
    await made?.stop();
  });

  const states: Readonly<Record<string, (page: Page) => Promise<void>>> = {
    async empty(page) {
      await page.getByText('Ready, 1 worker').waitFor();
    },
    async 'a picture with results'(page) {
      const { files, run, results } = partsOf(page);
      await files().setInputFiles(photographs[0]!);
      await run();
      await results().first().waitFor();
    },
    async 'many pictures'(page) {
      const { files, run, status } = partsOf(page);
      await files().setInputFiles([...photographs, ...photographs, ...photographs]);
      await run();
      await status().filter({ hasText: 'something found in 9 of 9 pictures' }).waitFor();
    },
    async 'a video that was looked through'(page) {
      const { files, button } = partsOf(page);
      await files().setInputFiles(video);
      await button('Run on video').click();
      const findings = page.getByRole('list', { name: 'Found in the video' }).getByRole('listitem');
      await findings.nth(3).waitFor();
      await findings.nth(2).getByRole('button').click();
    },
    async 'a picture that failed'(page) {
      made.answer = { status: 422, code: 'image_undecodable', message: 'the picture ends after 40 bytes' };
      const { files, run, alert } = partsOf(page);
      await files().setInputFiles(photographs[0]!);
      await run();
      await alert().waitFor();
    },
  };

  test.each(Object.keys(states))(
    '%s: nothing that axe finds, and nothing wider than the screen',
    async (name) => {
      made.answer = three;
      const { page, close } = await openPage(browser, made.url);
      await states[name]!(page);
      await page.evaluate(rules);
      expect(await page.evaluate('axe.version')).toBe(axe.version);
      const problems: string[] = [];
      for (const width of widths) {
        await page.setViewportSize({ width, height: width > 600 ? 900 : 720 });
        for (const colorScheme of schemes) {
          await page.emulateMedia({ colorScheme });
          const at = `${name}, ${width} px, ${colorScheme}`;
          problems.push(...(await violationsIn(page)).map((words) => `${at}: ${words}`));
          const scrolled = await page.evaluate<number>('document.documentElement.scrollWidth');
          if (scrolled > width) problems.push(`${at}: ${scrolled} px wide`);
          if (screens !== undefined) {
            const file = `${name.replaceAll(' ', '-')}-${width}-${colorScheme}.png`;
            await page.screenshot({ path: path.join(screens, file), fullPage: true });
          }
        }
      }
      expect(problems).toEqual([]);
      await close(/422/);
    },
  );
});
