/**
 * Takes `docs/images/page.png` anew: the page of a gateway with the demo model, a scene and what was found in it, at twice the
 * pixels, with a palette so that it stays small. Needs a Chromium (CHROME_PATH, else /usr/bin/chromium).
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { chromePath, launchBrowser, openPage, partsOf } from '../../tests/support/browser.ts';
import { buildPage } from '../../tests/support/built-page.ts';
import { repository } from '../../tests/support/service-process.ts';
import { startStack } from '../../tests/support/stack.ts';

const viewport = { width: 1160, height: 920 };
/** CSS pixels of ground below what is shown. */
const margin = 12;
const target = path.join(repository, 'docs/images/page.png');

if (chromePath === undefined) throw new Error('no Chromium: set CHROME_PATH');
await buildPage();
const stack = await startStack({ models: ['demo-yolo'] });
const browser = await launchBrowser();
try {
  const { page } = await openPage(browser, stack.url, {
    viewport,
    deviceScaleFactor: 2,
    colorScheme: 'light',
  });
  const { files, run, results, boxes } = partsOf(page);
  await files().setInputFiles(path.join(repository, 'examples/scene_2033_0_640x512.jpg'));
  await run();
  await results().first().waitFor();
  await boxes().first().waitFor();
  await page.mouse.move(0, 0);
  await page.evaluate('Promise.allSettled(document.getAnimations().map((animation) => animation.finished))');
  // Down to the end of the results; the fine print below them is for another day.
  const end = await page.getByRole('region', { name: /^Results/ }).boundingBox();
  if (end === null) throw new Error('the page shows no results');
  const height = Math.min(viewport.height, end.y + end.height + margin);
  const shot = await page.screenshot({ clip: { x: 0, y: 0, width: viewport.width, height } });
  const small = await sharp(shot).png({ palette: true, colours: 256, effort: 10, dither: 0.4 }).toBuffer();
  await writeFile(target, small);
  console.log(`${path.relative(repository, target)}: ${Math.round(small.length / 1000)} kB`);
} finally {
  await browser.close();
  await stack.stop();
}
