import type { AccountBelowView } from '@surety/client';
import {
  UNDERLYINGS,
  borrowInBulk,
  bulkOwner,
  feedPercent,
  lend,
  lockInBulk,
  passTime,
  setPrice,
  waitUntil,
} from '@surety/devnet';
import { type AccountId, accountId, mulDivDown } from '@surety/domain';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, missingChromium } from './find-chromium.js';
import { findBarriers } from './measure-page.js';
import type { WatchedPage } from './open-browser.js';
import { type PageScene, startPageScene } from './page-scene.js';

/** Accounts of the ledger, and those of them in debt. `SURETY_PAGE_ACCOUNTS` asks for more, and for how long each view takes. */
const TOLD_ACCOUNTS = process.env['SURETY_PAGE_ACCOUNTS'];
const ACCOUNTS = Number(TOLD_ACCOUNTS ?? 400);
const DEBTORS = ACCOUNTS / 10;
const BETA = 902;
/** Units of WBTC of each debtor, eight decimals: at the first price it may owe 1,064 dollars. The others hold six USDC each. */
const COLLATERAL = { debtor: 2_370_000n, other: 6_000_000n } as const;
/** Of the first debtor; each other one owes as much more as keeps the last one's below 1,060. Token units, six decimals. */
const LEAST_DEBT = 1_000_000_000n;
const STEP = 59_000_000n / BigInt(DEBTORS);
/** Seconds after which credit of so much at once counts for new debt. */
const SEASON_S = 7_200;
const FILLED_WITHIN_MS = 7_200_000;
/** Accounts in an answer of the aggregator. */
const PAGE = 256;
/** Elements of a view, whatever the ledger holds. */
const ELEMENTS_MAX = 2_000;

const chromium = findChromium();
if (chromium === undefined && process.env['CI'] === 'true') throw new Error(missingChromium());
if (chromium === undefined) process.stderr.write(`SKIPPED: ${missingChromium()}\n`);

const accountAt = (at: number): AccountId => accountId({ owner: bulkOwner(at, ACCOUNTS), home: 0, sub: 0n });

/** Locks for every account, and lends to the debtors. */
async function fill({ devnet }: PageScene): Promise<void> {
  const { network, aggregator } = devnet;
  const debtors = { asset: 'WBTC', count: DEBTORS, owners: DEBTORS, units: COLLATERAL.debtor } as const;
  await lockInBulk(network, { chainId: BETA, ...debtors });
  const others = { firstOwner: DEBTORS, count: ACCOUNTS - DEBTORS, owners: ACCOUNTS - DEBTORS } as const;
  await lockInBulk(network, { chainId: BETA, asset: 'USDC', ...others, units: COLLATERAL.other });
  await waitUntil({
    what: 'all locks applied',
    withinMs: FILLED_WITHIN_MS,
    probe: async () => {
      const edge = (await aggregator.readEdges()).find((one) => one.originChainId === BETA);
      return edge !== undefined && edge.appliedCount >= BigInt(ACCOUNTS) ? true : undefined;
    },
  });
  await passTime(devnet, SEASON_S);
  await feedPercent(devnet, {});
  await waitUntil({
    what: 'initial margin of the last debtor',
    withinMs: FILLED_WITHIN_MS,
    probe: async () => {
      const { grades } = await aggregator.readMargin(accountAt(DEBTORS - 1));
      return grades.initial.assetsWad > 0n ? true : undefined;
    },
  });
  const loans = Array.from({ length: DEBTORS }, (_, at) => {
    return { owner: bulkOwner(at, ACCOUNTS), units: LEAST_DEBT + STEP * BigInt(at) };
  });
  await lend(network, 'governor', 1_060_000_000n * BigInt(DEBTORS));
  await borrowInBulk(network, { asset: { chainId: BETA, asset: 'WBTC' }, loans });
  await waitUntil({
    what: 'health of every debtor',
    withinMs: FILLED_WITHIN_MS,
    probe: async () => ((await aggregator.readLadder()).below[0]?.accounts === DEBTORS ? true : undefined),
  });
}

/** Lists all accounts that the aggregator says are below a step, page by page. */
async function accountsBelow({ devnet }: PageScene, below: '1'): Promise<readonly string[]> {
  const found: AccountBelowView[] = [];
  for (;;) {
    const page = await devnet.aggregator.readAccountsBelow({ below, after: found.at(-1)?.account });
    found.push(...page);
    if (page.length < PAGE) return found.map(({ account }) => account);
  }
}

describe.skipIf(chromium === undefined)('the dashboard of many accounts', () => {
  let scene: PageScene;
  let visit: WatchedPage | undefined;
  beforeAll(async () => {
    scene = await startPageScene(chromium ?? '', { behindS: 2 * SEASON_S });
    await fill(scene);
  }, FILLED_WITHIN_MS);
  afterAll(() => scene?.stop());
  afterEach(async () => {
    const { complaints = [] } = visit ?? {};
    await visit?.close();
    visit = undefined;
    if (complaints.length > 0) throw new Error(`the page complained: ${complaints.join('; ')}`);
  });

  it('counts them all by their health, and lists the least healthy first', async () => {
    visit = await scene.open('');
    const { page } = visit;
    await page.getByText(`${DEBTORS} of ${DEBTORS} accounts in debt are below 1.5;`).waitFor();
    const steps = page.getByRole('region', { name: 'Health of accounts in debt' });
    await steps.getByRole('row', { name: /^1 0\b/u }).waitFor();
    const links = page.getByRole('listitem').getByRole('link');
    await links.nth(4).waitFor();
    expect(await links.count()).toBe(5);
    expect(await links.first().getAttribute('href')).toBe(`#/account/${accountAt(DEBTORS - 1)}`);
    const [bitcoin] = UNDERLYINGS.filter(({ symbol }) => symbol === 'BTC').map(({ answer }) => answer);
    await setPrice(scene.devnet.network, 'BTC', mulDivDown(bitcoin ?? 0n, 84n, 100n));
    // Those who owe least stay above 1.
    await steps.getByRole('row', { name: new RegExp(`^1 (?!(?:0|${DEBTORS})\\b)`, 'u') }).waitFor();
    const fallen = await accountsBelow(scene, '1');
    await steps.getByRole('row', { name: new RegExp(`^1 ${fallen.length}\\b`, 'u') }).waitFor();
    expect(fallen).toContain(accountAt(DEBTORS - 1));
    await setPrice(scene.devnet.network, 'BTC', bitcoin ?? 0n);
    await steps.getByRole('row', { name: /^1 0\b/u }).waitFor();
  });

  it.each([
    { view: '', filled: 'Health of accounts in debt' },
    { view: `account/${accountAt(0)}`, filled: 'What if, by grade' },
    { view: 'risk', filled: 'Largest holders' },
    { view: 'parameters', filled: 'Weights and caps of assets' },
    { view: 'chains', filled: 'Who signs' },
    { view: 'sales', filled: 'Markets' },
  ])('fit into a page: $filled', async ({ view, filled }) => {
    visit = await scene.open(view);
    const { page } = visit;
    await page.getByRole('region', { name: filled }).first().waitFor();
    // Of the page itself, so of nothing that this test does besides.
    const afterMs = Number(await page.evaluate('performance.now()'));
    if (TOLD_ACCOUNTS !== undefined)
      process.stdout.write(`${ACCOUNTS} accounts, ${filled}: there after ${Math.round(afterMs)} ms\n`);
    expect(Number(await page.evaluate('document.querySelectorAll("*").length'))).toBeLessThan(ELEMENTS_MAX);
    expect(await findBarriers(page)).toEqual([]);
  });
});
