import { developmentTokenAbi } from '@surety/contracts';
import { awaitReceipt, marketOf, walletOf } from '@surety/devnet';
import type { Address } from '@surety/domain';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, missingChromium } from './find-chromium.js';
import { findBarriers, sidewaysScroll, walkByKeyboard } from './measure-page.js';
import type { WatchedPage } from './open-browser.js';
import { ALICE, type PageScene, startPageScene } from './page-scene.js';
import { type TestWallet, createTestWallet } from './test-wallet.js';

const [ALPHA, SETTLEMENT] = [901, 900];
const USDC = 1_000_000n;
const HELD = 5_000n * USDC;

const chromium = findChromium();
if (chromium === undefined && process.env['CI'] === 'true') throw new Error(missingChromium());
if (chromium === undefined) process.stderr.write(`SKIPPED: ${missingChromium()}\n`);

describe.skipIf(chromium === undefined)('a wallet in the dashboard', () => {
  let scene: PageScene;
  let wallet: TestWallet;
  let visit: WatchedPage | undefined;
  beforeAll(async () => {
    scene = await startPageScene(chromium ?? '');
    const { network } = scene.devnet;
    const token = network.tokens.get(ALPHA)?.USDC as Address;
    const mint = {
      address: token,
      abi: developmentTokenAbi,
      functionName: 'mint',
      args: [ALICE.address, HELD],
    } as const;
    await awaitReceipt(network, ALPHA, await walletOf(network, ALPHA, 'alice').writeContract(mint));
    wallet = createTestWallet(network, 'alice', SETTLEMENT);
  }, 180_000);
  afterAll(() => scene?.stop());
  afterEach(async () => {
    const { complaints = [] } = visit ?? {};
    await visit?.close();
    visit = undefined;
    wallet.asked.length = 0;
    if (complaints.length > 0) throw new Error(`the page complained: ${complaints.join('; ')}`);
  });

  /** Opens the view and connects the wallet. */
  async function connect(): Promise<Page> {
    visit = await scene.open('wallet', { wallet });
    await visit.page.getByRole('button', { name: 'Connect Test wallet' }).click();
    await visit.page.getByText(ALICE.address).first().waitFor();
    return visit.page;
  }
  const form = (page: Page, title: 'Lock' | 'Release'): Locator => page.getByRole('region', { name: title });
  async function check(
    page: Page,
    title: 'Lock' | 'Release',
    amount: string,
    asset = 'USDC on alpha',
  ): Promise<Locator> {
    const part = form(page, title);
    await part.getByLabel(/^Asset to/).selectOption({ label: asset });
    await part.getByLabel(/^Amount to/).fill(amount);
    await part.getByRole('button', { name: 'Check' }).click();
    return part;
  }
  const alertOf = (part: Locator): Promise<string | null> => part.getByRole('alert').textContent();

  it('names the command line where a browser has no wallet', async () => {
    visit = await scene.open('wallet');
    const note = visit.page.getByText('No wallet announces itself in this browser.');
    expect(await note.textContent()).toContain('surety lock');
  });

  it('says so when the user declines to connect', async () => {
    wallet.declinesNext = true;
    visit = await scene.open('wallet', { wallet });
    await visit.page.getByRole('button', { name: 'Connect Test wallet' }).click();
    expect(await visit.page.getByRole('alert').textContent()).toBe('declined in the wallet; nothing was sent');
  });

  it('refuses what is no amount, more than the wallet holds and less than the vault takes, before anything is signed', async () => {
    const page = await connect();
    expect(await alertOf(await check(page, 'Lock', '1.1234567'))).toBe(
      '“1.1234567” is no amount of USDC; expected a number above 0 without commas, with at most 6 decimals',
    );
    expect(await alertOf(await check(page, 'Lock', '1,500'))).toMatch(
      /^“1,500” is no amount of USDC; .* without commas,/,
    );
    expect(await alertOf(await check(page, 'Lock', '5000.000001'))).toBe(
      'the wallet holds 5,000 USDC; expected at least 5,000.000001 USDC; nothing was sent',
    );
    expect(await alertOf(await check(page, 'Lock', '0.000001'))).toMatch(
      /^the vault would refuse it: BELOW_MINIMUM; it takes [\d.,]+ USDC to [\d.,]+ USDC now; nothing was sent$/,
    );
    expect(wallet.asked).not.toContain('eth_sendTransaction');
  });

  it('asks to add a chain that the wallet does not know', async () => {
    const page = await connect();
    wallet.chainId = SETTLEMENT;
    wallet.unknown.add(ALPHA);
    const part = await check(page, 'Lock', '1');
    expect(await alertOf(part)).toBe('the wallet does not know alpha (901): add it there, then check again');
    wallet.unknown.clear();
    await part.getByRole('button', { name: 'Check' }).click();
    await part.getByText('Initial margin gained').waitFor();
    expect(wallet.chainId).toBe(ALPHA);
  });

  it('locks: shows what it gives, has approval and lock signed, survives a refusal in between, and follows the lock until it counts', async () => {
    const page = await connect();
    const part = await check(page, 'Lock', '4000');
    await part.getByText('Initial margin gained').waitFor();
    await part.getByText(/Let vault 0x[0-9a-f]{40} take 4,000 USDC, and no more/).waitFor();
    wallet.declinesNext = true;
    await part.getByRole('button', { name: 'Lock', exact: true }).click();
    expect(await alertOf(part)).toBe('declined in the wallet; nothing was sent');
    await part.getByRole('button', { name: 'Check' }).click();
    await part.getByRole('button', { name: 'Lock', exact: true }).click();
    await part.getByText('Locked: 4,000 USDC.').waitFor();
    await part
      .getByText(/counted: .*at block \d/)
      .first()
      .waitFor();
    expect(wallet.asked.filter((method) => method === 'eth_sendTransaction')).toHaveLength(3);
    const { lines } = await scene.devnet.aggregator.readAccount(ALICE.account);
    expect(lines.map(({ amount }) => amount)).toEqual([4_000n * USDC]);
  });

  it('releases: refuses more than may leave, then has one signature and the vault pay', async () => {
    const page = await connect();
    expect(await alertOf(await check(page, 'Release', '4000.5'))).toMatch(
      /^the ledger would refuse it: .* 4,000 USDC may leave now; nothing was sent$/,
    );
    const part = await check(page, 'Release', '1500');
    await part.getByText('Free initial margin after').waitFor();
    await part.getByRole('button', { name: 'Release', exact: true }).click();
    await part.getByText('Requested: 1,500 USDC.').waitFor();
    await part.getByText(/paid/i).first().waitFor();
    const { lines } = await scene.devnet.aggregator.readAccount(ALICE.account);
    expect(lines.map(({ amount }) => amount)).toEqual([2_500n * USDC]);
  });

  it('locks the chain’s coin with one signature, and refuses it for a token that wraps none', async () => {
    const page = await connect();
    const coin = form(page, 'Lock').getByRole('checkbox');
    await coin.check();
    expect(await alertOf(await check(page, 'Lock', '10'))).toBe(
      'USDC on alpha is not its chain’s coin; lock the token itself; nothing was sent',
    );
    const part = await check(page, 'Lock', '0.5', 'WETH on beta');
    await part.getByText('Lock 0.5 WETH, wrapped from the coin').waitFor();
    await part.getByRole('button', { name: 'Lock', exact: true }).click();
    await part.getByText('Locked: 0.5 WETH.').waitFor();
    expect(wallet.asked.filter((method) => method === 'eth_sendTransaction')).toHaveLength(1);
    const amounts = async (): Promise<bigint[]> =>
      (await scene.devnet.aggregator.readAccount(ALICE.account)).lines.map(({ amount }) => amount);
    await expect.poll(amounts, { timeout: 30_000 }).toContain(5n * 10n ** 17n);
  });

  const protocols = (page: Page): Locator => page.getByRole('region', { name: 'Protocols of the account' });

  it('refuses what is no address and a protocol that is not listed, before anything is signed', async () => {
    const part = protocols(await connect());
    const ask = async (text: string): Promise<string | null> => {
      await part.getByLabel('Address of another protocol').fill(text);
      await part.getByRole('button', { name: 'Check it' }).click();
      return alertOf(part);
    };
    expect(await ask('0x12')).toMatch(/^“0x12” is no address; expected 0x and 40 hex digits/);
    expect(await ask(ALICE.address.replace(/[a-f]/, 'A').replace(/[b-f]$/, 'E'))).toMatch(/is no address/);
    expect(await ask(`0x${'77'.repeat(20)}`)).toMatch(/^it would be refused: .*ProtocolNotListed.*; nothing was sent$/);
    expect(wallet.asked).not.toContain('eth_sendTransaction');
  });

  it('lets a market in with one signature, and leaves it with another', async () => {
    const page = await connect();
    const part = protocols(page);
    const market = marketOf(scene.devnet.network).market.toLowerCase();
    const before = await scene.devnet.aggregator.readAccount(ALICE.account);
    await part.getByRole('button', { name: 'Let in market usds' }).click();
    await part
      .getByText(new RegExp(`Let in market usds at ${market}, by a call of 0x[0-9a-f]{40} on settlement`))
      .waitFor();
    await part.getByRole('button', { name: 'Sign it' }).click();
    await part.getByText('market usds may require margin of this account from now on.').waitFor();
    await part.getByRole('button', { name: 'Leave market usds' }).click();
    const { protocols: during } = await scene.devnet.aggregator.readAccount(ALICE.account);
    expect([before.protocols, during]).toEqual([[], [market]]);
    await part.getByRole('button', { name: 'Sign it' }).click();
    await part.getByText('market usds may no longer require margin of this account.').waitFor();
    await part.getByRole('button', { name: 'Let in market usds' }).waitFor();
    expect(wallet.asked.filter((method) => method === 'eth_sendTransaction')).toHaveLength(2);
  });

  it('has no barrier, light or dark, a keyboard reaches everything, and a phone scrolls one way', async () => {
    const page = await connect();
    await (await check(page, 'Lock', '10')).getByText('Initial margin gained').waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect([colorScheme, await findBarriers(page)]).toEqual([colorScheme, []]);
    }
    expect(await walkByKeyboard(page)).toEqual({ missed: [], unseen: [] });
    await page.setViewportSize({ width: 320, height: 800 });
    expect(await sidewaysScroll(page)).toBe(0);
  });

  it('says of a transaction whose receipt cannot be read that its outcome is not known, and offers no second signature', async () => {
    const page = await connect();
    wallet.hidesReceipts = true;
    const part = await check(page, 'Lock', '10');
    await part.getByRole('button', { name: 'Lock', exact: true }).click();
    expect(await alertOf(part)).toMatch(
      /^transaction 0x[0-9a-f]{64} was sent, and what became of it is not known \(.+\): look at it in the wallet before you check again$/,
    );
    expect(await part.getByRole('button', { name: 'Lock', exact: true }).count()).toBe(0);
    wallet.hidesReceipts = false;
  });

  it('says what it locked, and stays at it, though the aggregator lists the asset no more', async () => {
    const page = await connect();
    const part = await check(page, 'Lock', '10');
    await part.getByRole('button', { name: 'Lock', exact: true }).click();
    await part.getByText('Locked: 10 USDC.').waitFor();
    await page.route('**/v1/assets', async (route) => {
      const response = await route.fetch();
      const json = (await response.json()) as { readonly assets: readonly { readonly symbol: string }[] };
      const assets = json.assets.filter(({ symbol }) => symbol === 'WBTC');
      await route.fulfill({ response, json: { ...json, assets } });
    });
    const chosen = part.getByLabel(/^Asset to/);
    await chosen.locator('option', { hasText: 'WETH on beta' }).waitFor({ state: 'detached' });
    expect(await part.locator('[aria-live] p').first().textContent()).toBe('Locked: 10 USDC.');
    expect(await chosen.locator('option:checked').textContent()).toBe('USDC on alpha');
  });

  it('asks before a call on its way is left, names it to the next page until its user has looked, and forgets what is done', async () => {
    const page = await connect();
    const asked: string[] = [];
    const answers = [false, false, true];
    page.on('dialog', (dialog) => {
      asked.push(dialog.type());
      void (answers.shift() === true ? dialog.accept() : dialog.dismiss());
    });
    wallet.holdsTransactions = true;
    const part = await check(page, 'Lock', '10');
    await part.getByRole('button', { name: 'Lock', exact: true }).click();
    const waits = part.getByText(/waiting for its block/);
    await waits.waitFor();
    await page.getByRole('link', { name: 'Chains' }).click();
    await page.getByRole('button', { name: 'Leave it' }).click();
    expect([asked, new URL(page.url()).hash, await waits.count()]).toEqual([['confirm', 'confirm'], '#/wallet', 1]);
    await page.reload();
    await page.getByRole('button', { name: 'Connect Test wallet' }).click();
    const before = page.getByRole('region', { name: 'Sent before' });
    expect(await before.getByRole('listitem').innerText()).toMatch(
      /^Let vault 0x[0-9a-f]{40} take 10 USDC, and no more, on alpha, \d+ s ago: 0x[0-9a-f]{64} I have looked$/,
    );
    expect(asked).toEqual(['confirm', 'confirm', 'beforeunload']);
    await before.getByRole('button', { name: 'I have looked' }).click();
    await before.waitFor({ state: 'detached' });
    wallet.holdsTransactions = false;
    await check(page, 'Lock', '10');
    await part.getByRole('button', { name: 'Lock', exact: true }).click();
    await part.getByText('Locked: 10 USDC.').waitFor();
    expect(await page.evaluate('Object.keys(localStorage)')).toEqual([]);
    await page.getByRole('link', { name: 'Chains' }).click();
    await page.getByRole('heading', { level: 1, name: 'Chains' }).waitFor();
    expect(asked).toHaveLength(3);
  });

  it('keeps the keyboard at its place, and says to a reader of the screen what was checked', async () => {
    const page = await connect();
    const place = (): Promise<unknown> =>
      page.evaluate('`${document.activeElement.localName} ${document.activeElement.textContent}`');
    const part = await check(page, 'Lock', '10');
    await part.getByText('Initial margin gained').waitFor();
    expect(await place()).toBe('button Check');
    expect(await part.locator('[aria-live=polite]').textContent()).toMatch(
      /Initial margin gained.*Lock 10 USDC, token/,
    );
    await part.getByRole('button', { name: 'Lock', exact: true }).focus();
    await page.keyboard.press('Enter');
    await part.getByText('Locked: 10 USDC.').waitFor();
    expect(await place()).toBe('h3 Lock');
    const market = protocols(page);
    await market.getByRole('button', { name: /^(?:Let in|Leave) market usds$/ }).click();
    await market.getByRole('button', { name: 'Sign it' }).waitFor();
    expect(await place()).toMatch(/^button (?:Let in|Leave) market usds$/);
  });
});
