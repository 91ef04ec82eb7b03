import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type AxeResults, source as axe } from 'axe-core';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { buildWeb } from '../../local/build-web.ts';
import { type LocalCloud, startCloud } from '../../local/cloud.ts';
import { type LocalService, startService } from '../../local/service.ts';
import { filesOf } from '../../local/web.ts';
import { createMemoryTelemetry } from '../fixtures/memory-telemetry.ts';

const ROOT = join(__dirname, '../..');
const PICTURES = join(ROOT, 'docs', 'pictures');

/** Longer than any answer takes on a machine with other work, ms. */
const PATIENCE_MS = 60_000;

/** What goes nowhere: the page's own blobs, and the parts of the browser that show a PDF. */
const WITHIN: ReadonlySet<string> = new Set(['blob:', 'data:', 'chrome:', 'chrome-extension:', 'chrome-untrusted:']);

/** A phone's screen, which is the narrowest that the app is made for. */
export const PHONE = { viewport: { width: 375, height: 812 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

/** The service with the web app beside it, and a browser. */
export interface Stage {
  readonly url: string;
  readonly service: LocalService;
  readonly cloud: LocalCloud;
  /** Moves the service's clock on, ms. The browser's stays. */
  passTime(milliseconds: number): void;
  /** Someone with a browser of their own, on the app's first page. */
  enter(options?: BrowserContextOptions): Promise<Person>;
  close(): Promise<void>;
}

export interface Person {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Another tab of the same browser. */
  tab(): Promise<Page>;
  /** What went wrong in the pages so far: errors, refusals of the content policy, requests to elsewhere. */
  readonly faults: readonly string[];
}

/** Starts service and browser. `CHROMIUM` names another browser than Debian's. */
export async function openStage(): Promise<Stage> {
  const dist = await buildWeb(ROOT);
  let ahead = 0;
  const clock = () => Date.now() + ahead;
  const cloud = await startCloud(null, { now: clock });
  const service = await startService({
    cloud,
    port: 0,
    clock,
    telemetry: createMemoryTelemetry(),
    pages: [filesOf(dist)],
    settings: { bcryptCost: 10 },
  });
  const browser = await launch();
  return {
    url: service.url,
    service,
    cloud,
    passTime: (milliseconds) => {
      ahead += milliseconds;
    },
    enter: (options = {}) => enter(browser, service.url, options),
    close: async () => {
      await browser.close();
      await service.close();
      await cloud.close();
    },
  };
}

/** Debian's Chromium, or the one that `CHROMIUM` names, without a window. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    // CI runs as root, where Chromium has no sandbox; it opens nothing here but the project's own pages.
    args: ['--no-sandbox', '--disable-gpu'],
  });
}

async function enter(browser: Browser, url: string, options: BrowserContextOptions): Promise<Person> {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const faults: string[] = [];
  // What runs in the page is text here: a browser's types and Node's disagree, and this file has Node's.
  await context.addInitScript({
    content: `addEventListener('securitypolicyviolation', (event) => {
      console.error('content policy: ' + event.violatedDirective + ' ' + event.blockedURI);
    });`,
  });
  context.on('console', (message) => {
    // An answer with an error's status is what a test may be about: the browser notes each.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.push(message.text());
  });
  context.on('weberror', (error) => {
    faults.push(error.error().message);
  });
  context.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (!WITHIN.has(protocol) && origin !== url) faults.push(`request to ${origin}`);
  });
  const tab = async () => {
    const page = await context.newPage();
    await page.goto(url);
    return page;
  };
  return { page: await tab(), context, tab, faults };
}

/** What axe finds on a page as it is, a line each: rules of WCAG 2.2 A and AA, and what axe calls best practice. */
export async function judge(page: Page): Promise<string[]> {
  // Through the debugger, which the content policy does not bind.
  if (!(await page.evaluate<boolean>(`'axe' in globalThis`))) await page.evaluate(axe);
  // In a frame there is a PDF, which is the browser's to show.
  const options = JSON.stringify({ resultTypes: ['violations'], iframes: false });
  const { violations } = await page.evaluate<AxeResults>(`axe.run(document, ${options})`);
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.flat().join(' ')}`));
}

/** Keeps a picture for the documentation, where `UPDATE_PICTURES=1` asks for it. */
export async function picture(page: Page, name: string): Promise<void> {
  if (process.env['UPDATE_PICTURES'] !== '1') return;
  await page.mouse.move(0, 0);
  await page.evaluate('scrollTo(0, 0)');
  await page.locator('.said p').waitFor({ state: 'detached' });
  const path = join(PICTURES, `${name}.png`);
  mkdirSync(dirname(path), { recursive: true });
  // Of a PDF the browser draws when it likes.
  const last: string[] = [];
  for (let shots = 0; shots < 10 || new Set(last.slice(-5)).size > 1; shots++) {
    last.push((await page.screenshot({ path })).toString('base64'));
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
}
