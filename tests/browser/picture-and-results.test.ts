/**
 * The picture and the list of what was found in it, in a real Chromium, with pictures and answers that are made here: no
 * model at hand finds two thousand things. The page is the built one, under the gateway's own content security policy.
 * Without a Chromium it is skipped; a CHROME_PATH that leads nowhere is a failure, not a skip.
 */
import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { chromePath, inChromium, launchBrowser, openPage } from '../support/browser.ts';
import { found, size, startMadePage, three, type Found, type MadePage } from '../support/made-page.ts';

const thousands = Array.from({ length: 2_000 }, (_, index) =>
  found('eel', 1, 0.95 - index / 4_000, (index * 37) % 580, (index * 53) % 380, 20),
);

const place = async (of: Locator) => (await of.boundingBox())!;

describe.skipIf(chromePath === undefined)(`picture and results ${inChromium}`, () => {
  let made: MadePage;
  let browser: Browser;
  let picture: Buffer;
  let page: Page;
  let complaints: readonly string[];

  beforeAll(async () => {
    made = await startMadePage();
    picture = await sharp({ create: { ...size, channels: 3, background: '#305060' } })
      .png()
      .toBuffer();
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await made?.stop();
  });

  afterEach(async () => {
    await page.context().close();
    if (complaints.length > 0) throw new Error(`the page complains: ${complaints.join(', ')}`);
  });

  async function look(detections: readonly Found[], options: BrowserContextOptions = {}): Promise<void> {
    made.answer = detections;
    ({ page, complaints } = await openPage(browser, made.url, options));
    const file = { name: 'dive.png', mimeType: 'image/png', buffer: picture };
    await page.getByLabel('Image or video').setInputFiles(file);
    await press('Run');
    await results().first().waitFor();
  }

  const results = (): Locator => page.getByRole('list', { name: 'Results' }).getByRole('listitem');
  const boxes = (): Locator => page.locator('svg rect');
  const names = (): Locator => page.locator('svg text');
  const shown = (): Locator => page.getByRole('img', { name: /^The chosen picture/ });
  const room = (): Locator => page.getByRole('group', { name: /^Picture: / });
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
  const shownWidth = async (): Promise<number> => (await place(shown())).width;

  /** Where a point of the picture is on the screen. */
  async function pointOf(x: number, y: number): Promise<{ x: number; y: number }> {
    const drawn = await place(shown());
    return { x: drawn.x + (x / size.width) * drawn.width, y: drawn.y + (y / size.height) * drawn.height };
  }

  async function lit(): Promise<readonly number[]> {
    return results().evaluateAll((items) =>
      items.flatMap((item, index) => (item.classList.contains('result-active') ? [index] : [])),
    );
  }

  test('pointing at an item lights its box, and pointing at a box lights its item', async () => {
    await look(three);
    await results().nth(1).hover();
    await expect.poll(() => page.locator('.box-active rect').count()).toBe(1);
    const drawn = await place(page.locator('.box-active rect'));
    const at = await pointOf(300, 200);
    expect(Math.abs(drawn.x - at.x) + Math.abs(drawn.y - at.y)).toBeLessThan(6);

    const inside = await pointOf(530, 330);
    await page.mouse.move(inside.x, inside.y);
    await expect.poll(lit).toEqual([2]);
    // Another list lights nothing by itself; the box that the pointer is still on lights at its next movement.
    await page.getByRole('slider', { name: 'Minimum score' }).fill('0.28');
    await expect.poll(lit).toEqual([]);
    await page.mouse.move(inside.x + 2, inside.y);
    await expect.poll(lit).toEqual([2]);

    const beside = await pointOf(200, 350);
    await page.mouse.move(beside.x, beside.y);
    await expect.poll(lit).toEqual([]);
    // What keys have lit stays lit while the pointer finds nothing.
    await results().first().getByRole('button').focus();
    await expect.poll(lit).toEqual([0]);
    await page.mouse.move(beside.x + 3, beside.y);
    await expect.poll(lit).toEqual([0]);
  });

  test('the wheel zooms to where the pointer is; names keep their size, boxes follow the picture', async () => {
    await look(three);
    const [before, letters] = [await shownWidth(), await place(names().first())];
    const at = await pointOf(90, 90);
    await page.mouse.move(at.x, at.y);
    for (let notch = 0; notch < 4; notch++) await page.mouse.wheel(0, -120);
    await expect.poll(shownWidth).toBeGreaterThan(before * 2);

    const after = await pointOf(90, 90);
    expect(Math.hypot(after.x - at.x, after.y - at.y)).toBeLessThan(3);
    const box = await place(boxes().first());
    const corner = await pointOf(60, 60);
    expect(Math.hypot(box.x - corner.x, box.y - corner.y)).toBeLessThan(6);
    expect((await place(names().first())).height).toBeCloseTo(letters.height, 0);
    expect(await boxes().count()).toBe(three.length);
  });

  test('keys zoom, move and show the whole picture again; a drag moves it', async () => {
    await look(three);
    const whole = await place(shown());
    await room().focus();
    await page.keyboard.press('+');
    await page.keyboard.press('+');
    await expect.poll(shownWidth).toBeGreaterThan(whole.width * 2);
    const zoomed = await place(shown());
    await page.keyboard.press('ArrowRight');
    await expect.poll(async () => (await place(shown())).x).toBeLessThan(zoomed.x);

    const before = await place(shown());
    const { x, y, width, height } = await place(room());
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width / 2 + 40, y + height / 2 + 30, { steps: 4 });
    await page.mouse.up();
    const after = await place(shown());
    expect(after.x - before.x).toBeGreaterThan(20);

    await page.keyboard.press('0');
    await expect.poll(() => place(shown())).toEqual(whole);
  });

  test('buttons do what the wheel does, and take the boxes off the picture and back', async () => {
    await look(three);
    const before = await shownWidth();
    await press('Zoom in');
    await expect.poll(shownWidth).toBeGreaterThan(before * 1.2);
    await press('Whole picture');
    await expect.poll(shownWidth).toBeCloseTo(before, 0);

    await press('Boxes');
    await expect.poll(() => boxes().count()).toBe(0);
    expect(await results().count()).toBe(three.length);
    await press('Boxes');
    await expect.poll(() => boxes().count()).toBe(three.length);
  });

  test('an item that is pressed is shown from near, and the whole picture when it is pressed again', async () => {
    await look(three);
    const before = await shownWidth();
    await results().nth(1).getByRole('button').click();
    await expect.poll(shownWidth).toBeGreaterThan(before * 1.5);
    const [middle, view] = [await pointOf(330, 230), await place(room())];
    expect(Math.abs(middle.x - view.x - view.width / 2)).toBeLessThan(3);
    await results().nth(1).getByRole('button').click();
    await expect.poll(shownWidth).toBeCloseTo(before, 0);
  });

  test('keys that walk through the list bring each box into sight, a pointer that passes moves nothing', async () => {
    await look(three);
    const before = await shownWidth();
    await results().first().getByRole('button').click();
    await expect.poll(shownWidth).toBeGreaterThan(before * 1.5);
    const still = await place(shown());
    await results().nth(2).hover();
    expect(await place(shown())).toEqual(still);

    await page.keyboard.press('End');
    const isInSight = async (): Promise<boolean> => {
      const [corner, view] = [await pointOf(560, 360), await place(room())];
      return corner.x < view.x + view.width && corner.y < view.y + view.height && corner.x > view.x;
    };
    await expect.poll(isInSight).toBe(true);
  });

  test('two fingers zoom the picture and not the page, on a phone', async () => {
    await look(three, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
    await room().scrollIntoViewIfNeeded();
    const before = await shownWidth();
    const { x, y, width, height } = await place(room());
    const fingers = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', apart: number) =>
      fingers.send('Input.dispatchTouchEvent', {
        type,
        touchPoints:
          type === 'touchEnd'
            ? []
            : [-apart, apart].map((dx, id) => ({ x: x + width / 2 + dx, y: y + height / 2, id })),
      });
    await touch('touchStart', 20);
    for (let apart = 24; apart <= 80; apart += 4) await touch('touchMove', apart);
    await touch('touchEnd', 0);
    await expect.poll(shownWidth).toBeGreaterThan(before * 2);
    expect(await page.evaluate('visualViewport.scale')).toBe(1);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
  });

  test('a class is hidden in list and picture alike, and the words say why nothing is left', async () => {
    await look(three);
    const chips = page.getByRole('list', { name: 'Classes' });
    const crab = chips.getByRole('button', { name: /crab\s*2/ });
    expect(await crab.getAttribute('aria-pressed')).toBe('true');
    await crab.click();
    expect(await crab.getAttribute('aria-pressed')).toBe('false');
    await expect.poll(() => results().count()).toBe(1);
    expect(await boxes().count()).toBe(1);

    await chips.getByRole('button', { name: /eel/ }).click();
    await expect.poll(() => results().count()).toBe(0);
    expect(await page.getByText('All classes are hidden').isVisible()).toBe(true);
    await chips.getByRole('button', { name: 'Show all' }).click();
    await expect.poll(() => results().count()).toBe(three.length);

    await page.getByRole('slider', { name: 'Minimum score' }).fill('0.95');
    expect(await page.getByText('the best one, crab, has 0.90').isVisible()).toBe(true);
  });

  test('of thousands each has a box and an item, and only some have names until they are pointed at', async () => {
    await look(thousands);
    expect(await results().count()).toBe(thousands.length);
    expect(await boxes().count()).toBe(thousands.length);
    const named = await names().allTextContents();
    expect(named.length).toBeGreaterThan(10);
    expect(named.length).toBeLessThan(200);

    const unnamed = thousands.findIndex(({ score }) => !named.includes(`eel ${score.toFixed(2)}`));
    await results().nth(unnamed).getByRole('button').focus();
    const words = `eel ${thousands[unnamed]!.score.toFixed(2)}`;
    await expect.poll(() => names().allTextContents()).toContain(words);
  });

  test('the results go away as table, as COCO, for Timelapse and as a picture with the boxes on it', async () => {
    await look(three);
    const save = async (name: string): Promise<{ name: string; bytes: Buffer }> => {
      await page.getByLabel('Other formats').click();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name }).click(),
      ]);
      return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
    };

    const csv = await save('CSV');
    expect(csv.name).toMatch(/^Results__dive\.png__.+Z\.csv$/);
    expect(csv.bytes.toString().trim().split('\r\n')).toHaveLength(1 + three.length);

    const coco = JSON.parse((await save('COCO data set')).bytes.toString()) as { annotations: object[] };
    expect(coco.annotations[1]).toMatchObject({ category_id: 2, bbox: [300, 200, 60, 60], score: 0.8 });

    const batch = JSON.parse((await save('MegaDetector')).bytes.toString()) as { images: object[] };
    expect(batch.images[0]).toMatchObject({ file: 'dive.png', detections: { length: three.length } });

    await page.getByLabel('Other formats').click();
    await page.getByLabel('Only what is shown').check();
    await page.keyboard.press('Escape');
    await page.getByRole('slider', { name: 'Minimum score' }).fill('0.85');
    expect((await save('CSV')).bytes.toString().trim().split('\r\n')).toHaveLength(2);

    const annotated = await save('Annotated picture');
    expect(annotated.name).toMatch(/^Results__dive\.png__.+Z\.png$/);
    const { data, info } = await sharp(annotated.bytes)
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject(size);
    const brightness = (x: number, y: number): number => data[(y * info.width + x) * info.channels]!;
    expect(brightness(60, 90)).toBeGreaterThan(150);
    expect(brightness(90, 90)).toBe(0x30);
  });
});
