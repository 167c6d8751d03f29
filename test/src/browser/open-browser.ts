import { type Browser, type BrowserContext, type Page, chromium } from 'playwright-core';

/** Milliseconds for one thing to appear: the page asks every few seconds. */
const APPEARS_WITHIN_MS = 20_000;

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Settings of a shown page. */
export interface Shown {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: 'light' | 'dark';
  /** A wallet that announces itself in the page. */
  readonly wallet?: { offerIn(context: BrowserContext): Promise<void> };
}

/** An open page that notes what it complains of. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors of its console and its scripts, and what its content security policy refused. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Starts the browser. */
export function openBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: FLAGS });
}

/** Opens an address in a fresh profile. */
export async function openPage(browser: Browser, url: string, shown: Shown = {}): Promise<WatchedPage> {
  const { width = 1200, height = 900, scheme = 'light' } = shown;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    reducedMotion: 'reduce',
    locale: 'en-GB',
  });
  context.setDefaultTimeout(APPEARS_WITHIN_MS);
  await shown.wallet?.offerIn(context);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    // A busy aggregator answers 503 and is asked again: the browser tells so by itself, the page in words.
    const isBusy = message.text().includes('status of 503');
    if (['error', 'warning'].includes(message.type()) && !isBusy) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.addInitScript(
    'addEventListener("securitypolicyviolation", (e) => console.error("policy refused " + e.blockedURI))',
  );
  await page.goto(url);
  const close = async (): Promise<void> => {
    // An answer that a test changes on its way is let through first: to close under it fails the whole run.
    await page.unrouteAll({ behavior: 'wait' });
    await context.close();
  };
  return { page, complaints, close };
}
