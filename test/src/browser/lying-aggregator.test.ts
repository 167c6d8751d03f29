import { developmentTokenAbi } from '@surety/contracts';
import { awaitReceipt, followLock, lockTokens, waitUntil, walletOf } from '@surety/devnet';
import type { Address } from '@surety/domain';
import type { Locator, Page } from 'playwright-core';
import { erc20Abi } from 'viem';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, missingChromium } from './find-chromium.js';
import type { WatchedPage } from './open-browser.js';
import { ALICE, type PageScene, startPageScene } from './page-scene.js';
import { type TestWallet, createTestWallet } from './test-wallet.js';

const [ALPHA, BETA, SETTLEMENT] = [901, 902, 900];
const [USDC_LOCKED, WETH_LOCKED] = [25_000_000_000n, 4n * 10n ** 18n];
const LOCKS = [
  { chainId: ALPHA, by: 'alice', asset: 'USDC', units: USDC_LOCKED },
  { chainId: BETA, by: 'alice', asset: 'WETH', units: WETH_LOCKED },
] as const;

const chromium = findChromium();
if (chromium === undefined && process.env['CI'] === 'true') throw new Error(missingChromium());
if (chromium === undefined) process.stderr.write(`SKIPPED: ${missingChromium()}\n`);

/** An asset in an answer, as far as it is bent. */
type Asset = Record<string, unknown>;
type Bend = (assets: { readonly usdc: Asset; readonly weth: Asset }) => void;

describe.skipIf(chromium === undefined)('an aggregator that names the right contracts and lies about an asset', () => {
  let scene: PageScene;
  let wallet: TestWallet;
  let visit: WatchedPage | undefined;
  beforeAll(async () => {
    scene = await startPageScene(chromium ?? '');
    const { network, aggregator } = scene.devnet;
    for (const of of LOCKS) {
      const lock = await lockTokens(network, of);
      await followLock(scene.devnet, { chainId: of.chainId, lock, withinMs: 60_000 });
    }
    const { lines } = await aggregator.readAccount(ALICE.account);
    await waitUntil({
      what: 'her lines to be free to leave',
      withinMs: 30_000,
      probe: async () => {
        const quotes = lines.map(({ assetId }) =>
          aggregator.quoteRelease({ account: ALICE.account, assetId, amount: 2_000_000n, fee: 0n }),
        );
        return (await Promise.all(quotes)).every(({ allowed }) => allowed) || undefined;
      },
    });
    wallet = createTestWallet(network, 'alice', SETTLEMENT);
  }, 180_000);
  afterAll(() => scene?.stop());
  afterEach(async () => {
    await visit?.close();
    visit = undefined;
    wallet.asked.length = 0;
  });

  /** Opens the view before an aggregator whose assets are bent, and connects the wallet. */
  async function connect(bend: Bend): Promise<Page> {
    visit = await scene.open('', { wallet });
    const { page } = visit;
    await page.route('**/v1/assets', async (route) => {
      const answer = await route.fetch();
      const body = (await answer.json()) as { assets: Asset[] };
      const [usdc, weth] = LOCKS.map(({ chainId, asset }) =>
        body.assets.find((one) => one['chainId'] === chainId && one['symbol'] === asset),
      ) as [Asset, Asset];
      bend({ usdc, weth });
      await route.fulfill({ response: answer, json: body });
    });
    await page.getByRole('link', { name: 'Lock and release' }).click();
    await page.getByRole('button', { name: 'Connect Test wallet' }).click();
    return page;
  }

  async function check(page: Page, title: 'Lock' | 'Release', amount: string, label: string): Promise<Locator> {
    const part = page.getByRole('region', { name: title });
    await part.getByLabel(/^Asset to/).selectOption({ label });
    await part.getByLabel(/^Amount to/).fill(amount);
    if (title === 'Release') await part.getByLabel('Of it, for the relayer').fill('0.2');
    await part.getByRole('button', { name: 'Check' }).click();
    return part;
  }

  async function stepsOf(part: Locator): Promise<readonly string[]> {
    const steps = part.getByRole('listitem').filter({ hasText: 'by a call of' });
    await steps.first().waitFor();
    return steps.allTextContents();
  }

  it.each<[string, string, Bend, RegExp]>([
    [
      'decimals',
      '20',
      ({ usdc }) => (usdc['decimals'] = 9),
      /^the vault lists 0x\w{40} with 6 decimals; expected 0x\w{40} with 9/,
    ],
    [
      'the number at the ledger',
      '1000000000',
      ({ usdc, weth }) => ([usdc['assetId'], weth['assetId']] = [weth['assetId'], usdc['assetId']]),
      /^the ledger lists asset \d as .* on chain 902, with 18 decimals; expected .* on chain 901, with 6 decimals, as/,
    ],
  ])('has nothing released for a lie about %s', async (_, typed, bend, refusal) => {
    const page = await connect(bend);
    const part = await check(page, 'Release', typed, 'USDC on alpha');
    expect(await part.getByRole('alert').textContent()).toMatch(refusal);
    expect(wallet.asked).not.toContain('eth_sendTransaction');
    const { lines, releases } = await scene.devnet.aggregator.readAccount(ALICE.account);
    expect([lines.map(({ amount }) => amount), releases]).toEqual([[USDC_LOCKED, WETH_LOCKED], []]);
  });

  it('has a release name its fee, its number, and the token’s own symbol and address', async () => {
    const page = await connect(({ usdc }) => (usdc['symbol'] = 'DAI'));
    const part = await check(page, 'Release', '2', 'DAI on alpha');
    const token = scene.devnet.network.tokens.get(ALPHA)?.USDC as Address;
    const [step] = await stepsOf(part);
    expect(step).toMatch(
      new RegExp(
        `^Release 2 USDC to ${ALICE.address}, 0.2 USDC of it for the relayer: asset \\d, token ${token} of vault 0x\\w{40} on alpha \\(901\\), by a call of 0x\\w{40} on settlement$`,
        'i',
      ),
    );
    expect(await part.getByText('1.8 USDC').count()).toBe(1);
  });

  it('has a lock that needs no approval name the token’s own symbol and address', async () => {
    const { network } = scene.devnet;
    const { assets } = await scene.devnet.aggregator.readAssets();
    const usdc = assets.find(({ chainId, symbol }) => chainId === ALPHA && symbol === 'USDC');
    const token = { address: usdc?.token as Address, abi: erc20Abi };
    const hers = walletOf(network, ALPHA, 'alice');
    const mint = {
      ...token,
      abi: developmentTokenAbi,
      functionName: 'mint',
      args: [ALICE.address, 2_000_000n],
    } as const;
    await awaitReceipt(network, ALPHA, await hers.writeContract(mint));
    const approve = { ...token, functionName: 'approve', args: [usdc?.vault as Address, USDC_LOCKED] } as const;
    await awaitReceipt(network, ALPHA, await hers.writeContract(approve));
    const page = await connect((bent) => (bent.usdc['symbol'] = 'DAI'));
    const part = await check(page, 'Lock', '2', 'DAI on alpha');
    expect(await stepsOf(part)).toEqual([`Lock 2 USDC, token ${token.address}, by a call of ${usdc?.vault} on alpha`]);
  });

  it('has a lock of the coin name the vault that is paid', async () => {
    const page = await connect(() => undefined);
    await page.getByRole('region', { name: 'Lock' }).getByRole('checkbox').check();
    const part = await check(page, 'Lock', '0.5', 'WETH on beta');
    const { assets } = await scene.devnet.aggregator.readAssets();
    const weth = assets.find(({ chainId, symbol }) => chainId === BETA && symbol === 'WETH');
    const [step] = await stepsOf(part);
    expect(step).toMatch(new RegExp(`^Lock 0.5 WETH, wrapped from the coin, at vault ${weth?.vault}, by a call of`));
  });
});
