import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { awaitReadiness, waitUntil } from '@surety/devnet';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, missingChromium } from './find-chromium.js';
import { findBarriers, readTables, sidewaysScroll, walkByKeyboard } from './measure-page.js';
import type { Shown, WatchedPage } from './open-browser.js';
import { ALICE, NOBODY, type PageScene, fillScene, sellEther, startPageScene } from './page-scene.js';

/** Bytes that a first visit may take over the network, compressed. */
const FIRST_LOAD_BYTES_MAX = 150_000;
/** A view by the part of its address, and a table of it that stands once all of it was read. */
const ACCOUNT_VIEW = { view: `account/${ALICE.account}`, filled: 'What if, by grade' };
/** Folder of the repository for pictures, such as `docs`; none are made without it. */
const SCREENSHOTS = process.env['SURETY_SCREENSHOTS'];
const PICTURE_BYTES_MAX = 200_000;
const PHONE_WIDTHS = [390, 320];
/** The aggregator gives a proof again for a minute, also one that left out a vault whose chain gave no quorum just then. */
const WHOLE_PROOF_WITHIN_MS = 90_000;

const chromium = findChromium();
if (chromium === undefined && process.env['CI'] === 'true') throw new Error(missingChromium());
if (chromium === undefined) process.stderr.write(`SKIPPED: ${missingChromium()}\n`);

/** Parts of a proof of solvency that a test changes. */
interface ForgedProof {
  readonly settlement: { readonly slots: unknown[] };
  readonly vaults: { vault: string; readonly assets: readonly unknown[] }[];
}

/** Waits for a proof that leaves out no vault, and returns it as the aggregator sent it. */
function readWholeProof({ devnet }: PageScene): Promise<ForgedProof> {
  return waitUntil({
    what: 'a proof of both vaults',
    withinMs: WHOLE_PROOF_WITHIN_MS,
    probe: async () => {
      const answer = await fetch(`${devnet.aggregatorUrl}/v1/solvency/proof`);
      const proof = (await answer.json()) as ForgedProof;
      return answer.ok && proof.vaults.length === 2 ? proof : undefined;
    },
  });
}

describe.skipIf(chromium === undefined)('the dashboard in a browser', () => {
  let scene: PageScene;
  let visits: WatchedPage[] = [];
  beforeAll(async () => {
    scene = await startPageScene(chromium ?? '');
  }, 180_000);
  afterAll(() => scene?.stop());
  afterEach(async () => {
    const complaints = visits.flatMap((visit) => visit.complaints);
    await Promise.all(visits.map((visit) => visit.close()));
    visits = [];
    if (complaints.length > 0) throw new Error(`the page complained: ${complaints.join('; ')}`);
  });
  const open = async (view: string, shown?: Shown): Promise<WatchedPage> => {
    const visit = await scene.open(view, shown);
    visits.push(visit);
    return visit;
  };
  /** Everything that the views show of the scene, so that nothing is measured before it is there. */
  const views = [
    { view: '', filled: 'Collateral by chain and asset' },
    ACCOUNT_VIEW,
    { view: 'parameters', filled: 'Weights and caps of assets' },
    { view: 'risk', filled: 'Largest holders' },
    { view: 'chains', filled: 'Who signs' },
    { view: 'sales', filled: 'Markets' },
    { view: `proof/${ALICE.account}`, filled: 'Owed and held' },
  ];
  const openFilled = async ({ view, filled }: (typeof views)[number], shown?: Shown): Promise<WatchedPage> => {
    const visit = await open(view, shown);
    await visit.page.getByRole('region', { name: filled }).first().waitFor();
    return visit;
  };

  it('says of an empty deployment that there is nothing, and loads in few bytes', async () => {
    const visit = await open('');
    const { page } = visit;
    await page.getByRole('region', { name: 'Collateral by chain and asset' }).waitFor();
    await page.getByText('No account in debt has a health below 1.5.').waitFor();
    const session = await page.context().newCDPSession(page);
    let bytes = 0;
    session.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
    await session.send('Network.enable');
    await session.send('Network.setCacheDisabled', { cacheDisabled: true });
    await page.reload();
    await page.getByRole('region', { name: 'Collateral by chain and asset' }).waitFor();
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThanOrEqual(FIRST_LOAD_BYTES_MAX);
  });

  it('shows what is locked where, and leads to the accounts at risk', async () => {
    await fillScene(scene);
    const { page } = await open('');
    const held = page.getByRole('region', { name: 'Collateral by chain and asset' });
    await held.getByRole('row', { name: /alpha USDC 25,000 / }).waitFor();
    await held.getByRole('row', { name: /beta WETH 4 / }).waitFor();
    expect(await held.getByRole('row').count()).toBeGreaterThan(2);
  });

  it('judges the whole ledger under falling prices, and shows who holds most', async () => {
    const { page } = await open('risk');
    const falls = page.getByRole('region', { name: 'Falls of prices' });
    // 25,000 dollars and 4 ETH at 3,500 stand against 21,000 dollars.
    await falls.getByRole('row', { name: /as prices are – 0 0 0 0 / }).waitFor();
    await falls.getByRole('row', { name: /all together −50 % 1 1 1 1 / }).waitFor();
    const holders = page.getByRole('region', { name: 'Largest holders' });
    await holders.getByRole('row', { name: /USDC on chain 901 1 25,000 .* 100 % 100 %/ }).waitFor();
    await holders.getByRole('link').first().click();
    await page.getByText('may open and take out').first().waitFor();
    expect(page.url()).toContain(ALICE.account);
  });

  it('shows an account by its owner’s address, with each line and the integers of the aggregator', async () => {
    const { page } = await open('account');
    await page.getByLabel('Address or account').fill(ALICE.address);
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByText('may open and take out').first().waitFor();
    const { lines } = await scene.devnet.aggregator.readMargin(ALICE.account);
    expect(lines.map(({ symbol }) => symbol)).toEqual(['USDC', 'WETH']);
    for (const { symbol } of lines)
      await page
        .getByText(new RegExp(`^${symbol} on `))
        .first()
        .waitFor();
  });

  it('shows an account that holds nothing as one that holds nothing', async () => {
    const { page } = await open(`account/${NOBODY}`);
    await page.getByText('The account has no lines that count.').waitFor();
    await page.getByText('Nothing is under way.').waitFor();
    expect((await readTables(page)).margin).toEqual([0, 1, 2].map(() => ['0', '0', '0']));
  });

  it('refuses what is no address, and says what is one', async () => {
    const { page } = await open('account/0x1234');
    const refusal = await page.getByRole('alert').textContent();
    expect(refusal).toBe('“0x1234” is neither; expected 0x and 40 hex digits (an address) or 64 (an account).');
  });

  it.each(views)('has no barrier, light or dark, and a keyboard reaches everything: $filled', async (view) => {
    const { page } = await openFilled(view);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect([colorScheme, await findBarriers(page)]).toEqual([colorScheme, []]);
    }
    expect(await walkByKeyboard(page)).toEqual({ missed: [], unseen: [] });
  });

  it.each(views)('never scrolls sideways on a phone: $filled', async (view) => {
    const { page } = await openFilled(view, { width: 390, height: 800 });
    for (const width of PHONE_WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      expect([width, await sidewaysScroll(page)]).toEqual([width, 0]);
    }
  });

  it('weighs by the engine itself: the aggregator’s integers while nothing is changed, others after', async () => {
    const { page } = await openFilled(ACCOUNT_VIEW);
    const { margin, weighed } = await readTables(page);
    expect(margin).toHaveLength(3);
    expect(weighed.map((row) => row.slice(0, 3))).toEqual(margin);
    const slider = page.getByLabel(/^Price of ETH/);
    await slider.focus();
    for (let press = 0; press < 10; press++) await slider.press('ArrowLeft');
    await page.getByText('−10 %').first().waitFor();
    const fallen = await readTables(page);
    expect(fallen.weighed.map(([assets]) => assets)).toEqual([
      '33326000000000000000000',
      '33628400000000000000000',
      '34995800000000000000000',
    ]);
    // 1.5 WETH at 3,150 weigh 0.8 × 0.95 for initial.
    await page.getByLabel(/^WETH on beta/).fill('-1.5');
    await page.getByRole('cell', { name: '29,735.00', exact: true }).first().waitFor();
    await page.getByLabel(/^Required by protocols/).fill('1,00x');
    await page.getByText('An amount is not understood and left out').waitFor();
    await page.getByRole('button', { name: 'Back to now' }).click();
    const back = await readTables(page);
    expect(back.weighed.map((row) => row.slice(0, 3))).toEqual(back.margin);
  });

  it('draws the health of an account over time, and says in words and figures what is drawn', async () => {
    const { page } = await openFilled(ACCOUNT_VIEW);
    const chart = page.getByRole('img', {
      name: /^Since .* the health was lowest at .* with 1\.\d{3}; now it is 1\.\d{3}\.$/,
    });
    await chart.locator('canvas').waitFor();
    await page.getByText('All 1 points').click();
    const points = page.getByRole('region', { name: 'Health over time' });
    await points.getByRole('row', { name: /Z 1\.639 36,162\.00 22,050\.0\d$/ }).waitFor();
    expect(await findBarriers(page)).toEqual([]);
    const nobody = await open(`account/${NOBODY}`);
    await nobody.page.getByText('This account had no debt.').waitFor();
  });

  it('shows what protocols are owed and show, and the Greeks of lines and positions', async () => {
    const { page } = await open(`account/${ALICE.account}`);
    const protocols = page.getByRole('region', { name: 'Protocols of the account' });
    // A tenth more than the loan to open, a twentieth to hold, and the debt with a taker's fee.
    await protocols.getByRole('row', { name: /23,100\.0\d 22,050\.0\d 21,210\.0\d no positions$/ }).waitFor();
    const greeks = page.getByRole('region', { name: 'Greeks by underlying' });
    await greeks.getByRole('row', { name: /^ETH 4 0 4 14,000\.00$/ }).waitFor();
    await sellEther(scene, 10n ** 17n);
    await greeks.getByRole('row', { name: /^ETH 4 −0\.1 3\.9 13,650\.00$/ }).waitFor();
    await protocols.getByRole('row', { name: /140\.00 105\.00 ≤ 105\.00 1 position, cash 0\.00$/ }).waitFor();
    const positions = page.getByRole('region', { name: 'Positions' });
    await positions.getByRole('row', { name: 'ETH perpetual −0.1 3,500.00 3,500.00' }).waitFor();
    expect(await findBarriers(page)).toEqual([]);
  });

  it.each([
    {
      odd: 'a strike of zero',
      position: { kind: 'call', expiry: '4102444800' },
      row: 'ETH call of 2100-01-01T00:00:00Z 1 0.00 3,500.00',
      greeks: /^The Greeks cannot be computed\. OUT_OF_RANGE: /,
    },
    {
      odd: 'an end past every calendar',
      position: { kind: 'perpetual', expiry: String(2n ** 64n - 1n) },
      row: 'ETH future of second 18446744073709551615 1 0.00 3,500.00',
      greeks: 'Underlying',
    },
  ])('shows all else of an account with a position of $odd', async ({ position, row, greeks }) => {
    const { page } = await open('');
    await page.route('**/v1/accounts/*/protocols', async (route) => {
      const answer = await route.fetch();
      const held = { slot: 3, symbol: 'ETH', priceWad: '0', sizeWad: String(10n ** 18n), ...position };
      const figures = { initialWad: '0', maintenanceWad: '0', positionNonce: '1', burdenWad: '0', cashWad: '0' };
      const one = { protocol: `0x${'b1'.repeat(20)}`, market: null, answered: true, claims: true };
      const protocols = [{ ...one, ...figures, positions: [held] }];
      await route.fulfill({ response: answer, json: { ...(await answer.json()), protocols } });
    });
    await page.goto(`${page.url().replace(/#.*/, '')}#/account/${ALICE.account}`);
    await page.getByRole('region', { name: 'Positions' }).getByRole('row', { name: row }).waitFor();
    await page.getByText(greeks, { exact: true }).waitFor();
    const titles = await page.getByRole('heading', { level: 2 }).allTextContents();
    expect(titles.length).toBeGreaterThan(5);
    expect(titles).toEqual([...new Set(titles)]);
  });

  it('says which part cannot be shown, leaves the others, and shows it again with the next answer', async () => {
    const { page } = await open(`account/${ALICE.account}`);
    const units = page.getByLabel(/^USDC on alpha/);
    // More than any line holds: the engine refuses it.
    await units.fill('9'.repeat(40));
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(/^“What if” cannot be shown\. .* is tried by itself\.OUT_OF_RANGE: /);
    expect(await page.getByRole('heading', { level: 2, name: 'Margin', exact: true }).count()).toBe(1);
    await alert.waitFor({ state: 'detached' });
    expect(await units.inputValue()).toBe('');
  });

  it('verifies by itself that an account is counted, under the page’s policy', async () => {
    await readWholeProof(scene);
    const { page } = await open('proof');
    await page.getByLabel('Address or account').fill(ALICE.address);
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByText('these lines are in the sum of all lines').waitFor();
    const lines = page.getByRole('region', { name: 'Proven lines' });
    await lines.getByRole('row', { name: 'USDC alpha 25,000 25,000' }).waitFor();
    await lines.getByRole('row', { name: 'WETH beta 4 4' }).waitFor();
    const held = page.getByRole('region', { name: 'Owed and held' });
    await held
      .getByRole('row', { name: /^USDC of source 1 25,000 0 0 25,000 25,000 slot 0, key-first covered$/ })
      .waitFor();
    const { commitment } = await scene.devnet.aggregator.readAccountProof(ALICE.account);
    const field = page.getByLabel(/^Commitment that another aggregator gave/);
    await field.fill(commitment);
    await page.getByText('The commitment is the one that you gave.').waitFor();
    await field.fill(`0x${'ab'.repeat(32)}`);
    expect(await page.getByRole('alert').textContent()).toContain('The proof does not hold. OTHER_COMMITMENT:');
    await field.fill('0x12');
    expect(await page.getByRole('alert').textContent()).toContain('“0x12” is no commitment');
  });

  it('tells a proof that does not hold from one that does', async () => {
    const { page } = await open('');
    // The aggregator leaves out a unit of a line.
    await page.route('**/v1/accounts/*/proof', async (route) => {
      const answer = await route.fetch();
      const proof = (await answer.json()) as { lines: { amount: string }[] };
      const [line] = proof.lines;
      if (line !== undefined) line.amount = String(BigInt(line.amount) - 1n);
      await route.fulfill({ response: answer, json: proof });
    });
    await page.goto(`${page.url().replace(/#.*/, '')}#/proof/${ALICE.account}`);
    expect(await page.getByRole('alert').textContent()).toMatch(/^The proof does not hold\. OTHER_ROOT: /);
  });

  it('refuses a proof of another vault, and tells of a vault that was left out', async () => {
    const { page } = await open('');
    const whole = await readWholeProof(scene);
    const forge = async (change: (proof: ForgedProof) => void): Promise<void> => {
      await page.unrouteAll({ behavior: 'wait' });
      const proof = structuredClone(whole);
      change(proof);
      await page.route('**/v1/solvency/proof', (route) => route.fulfill({ json: proof }));
    };
    await forge(({ vaults: [first, second] }) => {
      if (first !== undefined && second !== undefined) first.vault = second.vault;
    });
    await page.goto(`${page.url().replace(/#.*/, '')}#/proof`);
    expect(await page.getByRole('alert').textContent()).toMatch(/^The proof does not hold\. BAD_PROOF: /);
    // For each vault two counts, and two slots of each asset.
    await forge(({ vaults, settlement }) => {
      const { assets = [] } = vaults.pop() ?? {};
      settlement.slots.splice(-2 - 2 * assets.length);
    });
    await page.reload();
    await page.getByText(/^\d of \d assets that the ledger lists are not in the proof: /).waitFor();
  });

  it.runIf(SCREENSHOTS !== undefined)('renews the pictures of the documentation', async () => {
    const pictures = [
      { name: 'overview', view: { view: '', filled: 'Edges' }, scheme: 'light' },
      { name: 'account', view: ACCOUNT_VIEW, scheme: 'light' },
    ] as const;
    for (const { name, view, scheme } of pictures) {
      const { page } = await openFilled(view, { scheme, height: 1_050 });
      const file = new URL(`../../../${SCREENSHOTS}/dashboard-${name}.png`, import.meta.url);
      await page.screenshot({ path: fileURLToPath(file) });
      expect(statSync(file).size).toBeLessThanOrEqual(PICTURE_BYTES_MAX);
    }
  });

  it('says that the aggregator is gone, keeps its last answer, and goes on when it is back', async () => {
    const visit = await scene.open('');
    const { page } = visit;
    const row = page.getByRole('row', { name: /alpha USDC 25,000 / });
    await row.waitFor();
    await scene.devnet.running('aggregator')?.stop();
    await page.getByText('The aggregator does not answer this.').first().waitFor();
    // Its age, which changes each second, stands beside it.
    const alerts = await page.getByRole('alert').allTextContents();
    expect([...new Set(alerts)]).toEqual(['The aggregator does not answer this.']);
    expect(await row.isVisible()).toBe(true);
    expect(await page.locator('.banner.bad').first().textContent()).toMatch(/What stands below was read \d+ \w+ ago\./);
    await awaitReadiness(await scene.devnet.start('aggregator'), 60_000);
    await page.getByText('The aggregator does not answer this.').first().waitFor({ state: 'detached' });
    // A refused connection is told on the console by the browser itself; nothing else is.
    expect(visit.complaints.filter((one) => !one.includes('net::ERR_'))).toEqual([]);
    await visit.close();
  }, 180_000);
});
