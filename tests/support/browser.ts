/**
 * A real Chromium for tests of the page: where it is, how it is started, what a page complains about. Without one tests
 * skip by name; a CHROME_PATH that leads nowhere is a failure, not a skip.
 */
import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContextOptions, type Locator, type Page } from 'playwright-core';

const debianChromium = '/usr/bin/chromium';
export const chromePath =
  process.env['CHROME_PATH'] || (existsSync(debianChromium) ? debianChromium : undefined);

export const inChromium = 'in Chromium (CHROME_PATH, else /usr/bin/chromium)';

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromePath!,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // A video of a test may play although nobody clicked.
      '--autoplay-policy=no-user-gesture-required',
    ],
  });
}

/** A page with a memory of its own, and what happened in it that nobody wants or that a test counts. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors on the console and requests to other hosts. */
  readonly complaints: string[];
  /** Method and path of each request, as in `POST /v1/predictions`. */
  readonly requests: string[];
  /** @throws Error when there were complaints other than those allowed */
  readonly close: (allowed?: RegExp) => Promise<void>;
}

export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const { origin, pathname, protocol } = new URL(request.url());
    if (/^https?:$/.test(protocol) && origin !== new URL(url).origin) complaints.push(request.url());
    requests.push(`${request.method()} ${pathname}`);
  });
  await page.goto(url);
  const close = async (allowed?: RegExp): Promise<void> => {
    await context.close();
    const left = complaints.filter((words) => allowed?.test(words) !== true);
    if (left.length > 0) throw new Error(`the page complains: ${left.join(', ')}`);
  };
  return { page, complaints, requests, close };
}

/** What people find on the page, by the roles and names by which they find it. */
export function partsOf(page: Page) {
  const button = (name: string | RegExp): Locator => page.getByRole('button', { name, exact: true });
  return {
    button,
    files: (): Locator => page.getByLabel('Image or video'),
    folder: (): Locator => page.getByLabel('Folder', { exact: true }),
    model: (): Locator => page.getByRole('combobox', { name: 'Model' }),
    results: (): Locator => page.getByRole('list', { name: 'Results' }).getByRole('listitem'),
    boxes: (): Locator => page.locator('svg rect'),
    strip: (): Locator => page.getByRole('listbox', { name: 'Pictures' }).getByRole('option'),
    status: (): Locator => page.getByRole('status'),
    alert: (): Locator => page.getByRole('alert'),
    run: () => button('Run').click(),
  };
}
