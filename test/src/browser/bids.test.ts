import { awaitReceipt, devnetAccount, readDebt, setPrice, walletOf } from '@surety/devnet';
import { mulDivDown } from '@surety/domain';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ALICE, BOB, type CreditScene, ONE_ETH, startCreditLine } from '../e2e/start-credit-line.js';
import { findChromium, missingChromium } from './find-chromium.js';
import { findBarriers, sidewaysScroll, walkByKeyboard } from './measure-page.js';
import { type WatchedPage, openBrowser, openPage } from './open-browser.js';
import { type TestWallet, createTestWallet } from './test-wallet.js';

const SETTLEMENT = 900;

const chromium = findChromium();
if (chromium === undefined && process.env['CI'] === 'true') throw new Error(missingChromium());
if (chromium === undefined) process.stderr.write(`SKIPPED: ${missingChromium()}\n`);

describe.skipIf(chromium === undefined)('bids in the dashboard', () => {
  let scene: CreditScene;
  let browser: Browser;
  let wallet: TestWallet;
  let visit: WatchedPage | undefined;
  beforeAll(async () => {
    scene = await startCreditLine();
    browser = await openBrowser(chromium ?? '');
    wallet = createTestWallet(scene.line.devnet.network, 'bob', SETTLEMENT);
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await scene?.line.stop();
  });
  afterEach(async () => {
    const { complaints = [] } = visit ?? {};
    await visit?.close();
    visit = undefined;
    if (complaints.length > 0) throw new Error(`the page complained: ${complaints.join('; ')}`);
  });

  /** Opens the view before an aggregator whose offers may be bent, and connects the wallet. */
  async function connect(bend: (offer: Record<string, unknown>) => void = () => undefined): Promise<Page> {
    visit = await openPage(browser, `${scene.line.devnet.aggregatorUrl}/ui/`, { wallet });
    await visit.page.route('**/v1/auctions*', async (route) => {
      const answer = await route.fetch();
      const body = (await answer.json()) as { auctions: { offers: Record<string, unknown>[] }[] };
      for (const { offers } of body.auctions) offers.forEach(bend);
      await route.fulfill({ response: answer, json: body });
    });
    await visit.page.getByRole('link', { name: 'Lock and release' }).click();
    await visit.page.getByRole('button', { name: 'Connect Test wallet' }).click();
    await visit.page.getByText(devnetAccount('bob').address).first().waitFor();
    return visit.page;
  }

  it('say so while no auction offers anything', async () => {
    const page = await connect();
    const note = page.getByText('No auction offers anything now.');
    await note.waitFor();
    expect(await page.getByRole('button', { name: /^Bid for/ }).count()).toBe(0);
  });

  it('are refused where the aggregator names a thousandth of the burden', async () => {
    const { network } = scene.line.devnet;
    await setPrice(network, 'ETH', 298_000_000_000n);
    const start = { ...scene.auction, functionName: 'start', args: [ALICE], gas: 10_000_000n } as const;
    await awaitReceipt(network, SETTLEMENT, await walletOf(network, SETTLEMENT, 'relayerB').writeContract(start));
    const page = await connect((offer) => {
      offer['assumedWad'] = String(mulDivDown(BigInt(String(offer['assumedWad'])), 1n, 1_000n));
    });
    const offers = page.getByRole('region', { name: 'Offers of auctions' });
    await offers.getByRole('button', { name: /^Bid for 0x/ }).click();
    expect(await offers.getByRole('alert').textContent()).toMatch(
      /^the auction would have it take over [\d,]+\.\d\d for lines of asset \d; expected at most \d\.\d\d for lines of asset \d, as/,
    );
    expect(await offers.getByRole('button', { name: 'Sign it' }).count()).toBe(0);
  });

  it('take over a burden with its lines, at no smaller discount than was shown', async () => {
    const { network } = scene.line.devnet;
    const [before, debt] = [await scene.etherOf(BOB), (await readDebt(network, scene.credit, 'bob')).debt];
    const page = await connect();
    const offers = page.getByRole('region', { name: 'Offers of auctions' });
    await offers
      .getByText(/owes protocol 0x.* a bid takes over [\d.]+ % of it, [\d,.]+, and gets [\d.]+ WETH on beta at/)
      .waitFor();
    const bid = offers.getByRole('button', { name: /^Bid for 0x/ });
    await bid.click();
    await offers
      .getByText(/^Bid for at most [\d.]+ % of what account 0x.* takes over [\d,.]+ for [\d.]+ of asset \d/)
      .waitFor();
    await offers.getByRole('button', { name: 'Sign it' }).waitFor();
    expect(await findBarriers(page)).toEqual([]);
    expect(await walkByKeyboard(page)).toEqual({ missed: [], unseen: [] });
    await page.setViewportSize({ width: 320, height: 800 });
    expect(await sidewaysScroll(page)).toBe(0);
    wallet.declinesNext = true;
    await offers.getByRole('button', { name: 'Sign it' }).click();
    expect(await offers.getByRole('alert').textContent()).toBe('declined in the wallet; nothing was sent');
    await bid.click();
    await offers.getByRole('button', { name: 'Sign it' }).click();
    await offers
      .getByText(/^Taken: [\d.]+ % of the burden, [\d,.]+ owed from now on, for lines worth [\d,.]+\.$/)
      .waitFor();
    const taken = (await scene.etherOf(BOB)) - before;
    expect(taken).toBeGreaterThan(0n);
    expect(taken).toBeLessThan(2n * ONE_ETH);
    expect((await readDebt(network, scene.credit, 'bob')).debt).toBeGreaterThan(debt);
    await offers.getByText('No auction offers anything now.').waitFor();
  });
});
