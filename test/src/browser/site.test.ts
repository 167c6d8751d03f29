import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, missingChromium } from './find-chromium.js';
import { findBarriers, sidewaysScroll } from './measure-page.js';
import { type WatchedPage, openBrowser, openPage } from './open-browser.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const BUILD = path.join(ROOT, 'tools/site/build-site.mjs');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'surety-site-'));
  const { status, stdout, stderr } = spawnSync(process.execPath, [BUILD, '--out', folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the site was not built: ${stdout}${stderr}`);
}, 180_000);

afterAll(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
};

/** Serves the folder as any web server would. */
async function serve(): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    const file = path.join(folder, decodeURIComponent(new URL(request.url ?? '', 'http://site').pathname));
    response.writeHead(existsSync(file) ? 200 : 404, { 'content-type': TYPES[path.extname(file)] ?? 'text/plain' });
    response.end(existsSync(file) ? readFileSync(file) : '');
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** Every page, by its path in the site. */
function readPages(): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.html'));
  return new Map(files.map((file) => [file, readFileSync(path.join(folder, file), 'utf8')]));
}

/** A heading without marks and entities. */
function plain(heading: string): string {
  return heading
    .replaceAll('`', '')
    .replaceAll('&amp;', '&')
    .replaceAll(/&#?[a-z0-9]+;/g, '')
    .replaceAll(/["'’<>]/g, '')
    .trim();
}

/** Links of a page within the site, with the place that each names. */
function linksOf(page: string, html: string): { readonly file: string; readonly id: string }[] {
  const targets = [...html.matchAll(/ (?:href|src)="([^"]+)"/g)].map(([, target = '']) => target);
  return targets
    .filter((target) => !/^(?:[a-z]+:|#$)/.test(target))
    .map((target) => {
      const url = new URL(target, `http://site/${page}`);
      return { file: decodeURIComponent(url.pathname).slice(1), id: decodeURIComponent(url.hash).slice(1) };
    });
}

it('leads from every link of every page to a file that is there, and to a heading that is there', () => {
  const pages = readPages();
  const ids = new Map(
    [...pages].map(([page, html]) => [page, new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))]),
  );
  const dead = [...pages].flatMap(([page, html]) =>
    linksOf(page, html)
      .filter(({ file, id }) => !existsSync(path.join(folder, file)) || (id !== '' && ids.get(file)?.has(id) === false))
      .map(({ file, id }) => `${page} → ${file}#${id}`),
  );
  expect(dead).toEqual([]);
  expect(pages.size).toBeGreaterThan(200);
});

it('has each page of docs, each runbook, each decision and the README of each program and package', () => {
  const shown = new Set(
    [...readPages().values()].flatMap((html) =>
      [...html.matchAll(/<h1[^>]*>(.*?)<\/h1>/gs)].map(([, title = '']) => plain(title.replaceAll(/<[^>]*>/g, ''))),
    ),
  );
  const written = readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((file) => path.join('docs', file))
    .concat(
      ['apps', 'packages'].flatMap((floor) =>
        readdirSync(path.join(ROOT, floor)).map((room) => path.join(floor, room, 'README.md')),
      ),
    )
    .filter((file) => file.endsWith('.md'));
  const missing = written.filter((file) => {
    const [, heading = ''] = /^# +(.+)$/m.exec(readFileSync(path.join(ROOT, file), 'utf8')) ?? [];
    return !shown.has(plain(heading));
  });
  expect(missing).toEqual([]);
  expect(written.length).toBeGreaterThan(90);
});

const chromium = findChromium();
if (chromium === undefined && process.env['CI'] === 'true') throw new Error(missingChromium());
if (chromium === undefined) process.stderr.write(`SKIPPED: ${missingChromium()}\n`);

describe.skipIf(chromium === undefined)('the site in a browser', () => {
  let browser: Browser;
  let served: Awaited<ReturnType<typeof serve>>;
  let visit: WatchedPage | undefined;
  beforeAll(async () => {
    served = await serve();
    browser = await openBrowser(chromium ?? '');
  });
  afterAll(async () => {
    await browser?.close();
    served?.server.close();
  });
  afterEach(async () => {
    const { complaints = [] } = visit ?? {};
    await visit?.close();
    visit = undefined;
    if (complaints.length > 0) throw new Error(`the page complained: ${complaints.join('; ')}`);
  });
  const open = async (file: string, shown = {}) => {
    visit = await openPage(browser, `${served.url}/${file}`, shown);
    return visit.page;
  };

  it.each([
    ['a word of a runbook', 'equivocation', /Equivocation/],
    ['a variable of the environment', 'SURETY_TRACES_ONE_IN', /Operations/],
    ['a function of the client', 'verifyStatement', /verifyStatement/],
  ])('finds %s', async (_, text, found) => {
    const page = await open('index.html');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.keyboard.type(text);
    await page.getByRole('option', { name: found }).first().click();
    await page.waitForURL((url) => !url.pathname.endsWith('/index.html'));
    expect(await page.locator('main, .col-content').first().textContent()).toMatch(found);
  });

  it.each([
    ['index.html', 'light'],
    ['documents/Guides_Operations.html', 'light'],
    ['documents/Guides_Operations.html', 'dark'],
    ['modules/Reference_client.html', 'light'],
  ] as const)('has no barrier, and no sideways scroll on a phone: %s, %s', async (file, scheme) => {
    const page = await open(file, { scheme, width: 390, height: 800 });
    expect([await findBarriers(page), await sidewaysScroll(page)]).toEqual([[], 0]);
  });
});
