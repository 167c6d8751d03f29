import { type BlockHeight, type Bytes32, address, blockHash, bytes32, chainId, mulDivDown, wad } from '@surety/domain';
import { healthRungOf, isUnknown, linePriceOf } from '@surety/margin';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LineFact } from '../ledger-projection/collateral-rows.js';
import { type MarginSnapshot, coverageIn } from '../ledger-projection/margin-snapshot.js';
import { START, anyCoverage, anyTerms } from '../testing/any-terms.js';
import type { HealthFact } from './health-watch.js';
import { STRESS_PAGE } from './limits.js';
import { snapshotAfterFall, stressDebtors } from './stress-debtors.js';
import { weighAccount } from './weigh-account.js';

const SEED = 20_261_126;
const ASSETS = 3;
const word = (n: number): Bytes32 => bytes32(`0x${n.toString(16).padStart(64, '0')}`);
const block = {
  chainId: chainId(99),
  height: 1n as BlockHeight,
  hash: blockHash(word(1)),
  timestamp: START,
} as MarginSnapshot['block'];
/** Assets 1 and 3 are of one underlying. */
const UNDERLYINGS = new Map([1, 2, 3].map((assetId) => [assetId, { underlying: assetId % 2 }]));

const MARKET = address(`0x${'c1'.repeat(20)}`);
const STRANGER = address(`0x${'bd'.repeat(20)}`);

interface Account {
  readonly lines: readonly LineFact[];
  readonly protocol?: typeof MARKET;
  readonly requirement: bigint;
  /** Where it last stood, by default above all steps. */
  readonly rung?: number;
}

function snapshotOf(
  drawn: readonly (typeof anyTerms extends fc.Arbitrary<infer One> ? One : never)[],
  coverages: readonly bigint[],
) {
  const listed = drawn.map((one, at) => ({ ...one, assetId: at + 1, sourceIndex: 1, isStanding: false }));
  return {
    block,
    terms: new Map(listed.map((one) => [one.assetId, one])),
    coverages: new Map(coverages.map((coverageWad, at) => [at + 1, coverageWad])),
  };
}

/** A store of isolated accounts whose numbers ascend, and how many pages were read of it; one protocol is known to be unlisted. */
function bookOf(accounts: readonly Account[]) {
  return { store: storeOf(accounts), unlisted: new Set([STRANGER]) };
}

function storeOf(accounts: readonly Account[]) {
  const facts = accounts.map(({ requirement, rung = 0 }, at): HealthFact => ({
    account: word(at + 1),
    rung,
    told: 0,
    assets: 0n,
    requirement,
    block,
  }));
  const state = { pages: 0 };
  return {
    state,
    loadOwingAfter: async (after: Bytes32 | undefined, limit: number) => {
      state.pages += 1;
      return facts.filter(({ account }) => after === undefined || account > after).slice(0, limit);
    },
    loadOptInsOf: async (wanted: readonly Bytes32[]) =>
      wanted.map((account) => ({ account, protocol: accounts[Number(BigInt(account)) - 1]?.protocol ?? MARKET })),
    loadLinesOfAll: async (wanted: readonly Bytes32[]) =>
      wanted.flatMap(
        (account) => accounts[Number(BigInt(account)) - 1]?.lines.map((line) => ({ ...line, account })) ?? [],
      ),
  };
}

/** The same by weighing each account by itself. */
function oneByOne(accounts: readonly Account[], state: MarginSnapshot) {
  const outcome = { below: [0, 0, 0, 0], shortfall: 0n, badDebt: 0n };
  for (const { lines, requirement, rung: last = 0 } of accounts) {
    const { margin } = weighAccount(lines, state);
    const { assets } = margin.grades.maintenance;
    const rung = isUnknown(margin) ? last : healthRungOf({ assets, requirement: wad(requirement) });
    outcome.below = outcome.below.map((count, at) => count + (rung > at ? 1 : 0));
    if (isUnknown(margin)) continue;
    outcome.shortfall += requirement > assets ? requirement - assets : 0n;
    const value = lines.reduce((sum, line) => sum + valueAtPrice(line, state), 0n);
    outcome.badDebt += requirement > value ? requirement - value : 0n;
  }
  return outcome;
}

function valueAtPrice({ assetId, amount, enabled }: LineFact, state: MarginSnapshot): bigint {
  const terms = state.terms.get(assetId);
  if (terms === undefined || !enabled) return 0n;
  const covered = mulDivDown(amount, coverageIn(state, assetId), 10n ** 18n);
  const { price1e12 } = linePriceOf(terms.prices, START);
  return mulDivDown(covered, price1e12 * 10n ** 6n, 10n ** BigInt(terms.asset.decimals));
}

const anyAccount = fc.record({
  lines: fc
    .uniqueArray(
      fc.record({
        assetId: fc.integer({ min: 1, max: ASSETS }),
        amount: fc.bigInt({ min: 0n, max: 10n ** 24n }),
        enabled: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
      }),
      { selector: ({ assetId }) => assetId, maxLength: ASSETS },
    )
    .map((lines) => lines.map((line): LineFact => ({ ...line, account: word(0), unseasoned: 0n, seasonEnd: 0n }))),
  requirement: fc.bigInt({ min: 1n, max: 10n ** 30n }),
  rung: fc.integer({ min: 0, max: 4 }),
});

describe('all accounts with debt under falling prices', () => {
  it('give what weighing each account by itself gives, in every state', async () => {
    let atRisk = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyTerms, { minLength: ASSETS, maxLength: ASSETS }),
        fc.array(anyCoverage, { minLength: ASSETS, maxLength: ASSETS }),
        fc.array(anyAccount, { maxLength: 5 }),
        fc.integer({ min: 0, max: 10_000 }),
        async (drawn, coverages, accounts, bps) => {
          const now = snapshotOf(drawn, coverages);
          const falls = [[], [0], [1], [0, 1]].map((slots) =>
            snapshotAfterFall(now, UNDERLYINGS, { underlyings: new Set(slots), bps }),
          );
          const { debtors, required, outcomes } = await stressDebtors(
            bookOf(accounts),
            falls,
            new AbortController().signal,
          );
          expect(debtors).toBe(accounts.length);
          expect(required).toBe(accounts.reduce((sum, { requirement }) => sum + requirement, 0n));
          expect(outcomes).toEqual(falls.map((state) => oneByOne(accounts, state)));
          atRisk += outcomes[3]?.below[3] ?? 0;
        },
      ),
      { seed: SEED, numRuns: 400 },
    );
    expect(atRisk).toBeGreaterThan(50);
  });

  it('are read to the end, page by page, and no further once the signal aborts', async () => {
    const accounts = Array.from({ length: 3 * STRESS_PAGE }, () => ({ lines: [], requirement: 5n }));
    const book = bookOf(accounts);
    const now = snapshotOf([], []);
    const { debtors, outcomes } = await stressDebtors(book, [now], new AbortController().signal);
    const all = 3 * STRESS_PAGE;
    expect([debtors, outcomes]).toEqual([
      all,
      [{ below: [all, all, all, all], shortfall: BigInt(5 * all), badDebt: BigInt(5 * all) }],
    ]);
    expect(book.store.state.pages).toBe(4);
    await expect(stressDebtors(book, [now], AbortSignal.abort(new Error('over')))).rejects.toThrow('over');
    expect(book.store.state.pages).toBe(5);
  });

  it('leave out isolated ones at a contract that nobody named, and count these', async () => {
    const stranger = { lines: [], requirement: 2n ** 128n - 1n, protocol: STRANGER };
    const book = bookOf([{ lines: [], requirement: 5n }, stranger, stranger]);
    expect(await stressDebtors(book, [snapshotOf([], [])], new AbortController().signal)).toEqual({
      debtors: 1,
      unlisted: 2,
      required: 5n,
      outcomes: [{ below: [1, 1, 1, 1], shortfall: 5n, badDebt: 5n }],
    });
  });

  it('count isolated ones at a contract of which it is not known whether the ledger lists it', async () => {
    const book = bookOf([{ lines: [], requirement: 5n, protocol: STRANGER }]);
    const { debtors, unlisted, required } = await stressDebtors(
      { ...book, unlisted: new Set<never>() },
      [snapshotOf([], [])],
      new AbortController().signal,
    );
    expect([debtors, unlisted, required]).toEqual([1, 0, 5n]);
  });

  it('leave one of unknown worth where it last stood, and out of the sums', async () => {
    const price = { price1e12: 0n, slow1e12: 0n, confPpm: 0, maxAgeS: 3_600, observedAt: 0n, failing: false };
    const asset = { decimals: 6, baseInitialBps: 8_000, baseMaintenanceBps: 9_000 };
    const source = { state: 'LIVE', stateUntil: 0n, asOf: START, weightInitialBps: 9_000, weightMaintenanceBps: 9_500 };
    const ages = { staleAfterMinutes: 90, darkAfterMinutes: 360, floorAfterMinutes: 4_320 };
    const terms = {
      asset,
      source: { ...source, ...ages, frozenMaintenanceBps: 10_000, thawedAt: 0n },
      prices: [price],
    };
    const line = { account: word(0), assetId: 1, amount: 10n ** 6n, unseasoned: 0n, seasonEnd: 0n, enabled: true };
    const state = snapshotOf([terms as never], [10n ** 18n]);
    const book = bookOf([{ lines: [line], requirement: 5n, rung: 2 }]);
    expect(await stressDebtors(book, [state], new AbortController().signal)).toEqual({
      debtors: 1,
      unlisted: 0,
      required: 5n,
      outcomes: [{ below: [1, 1, 0, 0], shortfall: 0n, badDebt: 0n }],
    });
  });

  it('of nobody are nothing', async () => {
    const { debtors, required, outcomes } = await stressDebtors(
      bookOf([]),
      [snapshotOf([], [])],
      new AbortController().signal,
    );
    expect({ debtors, required, outcomes }).toEqual({
      debtors: 0,
      required: 0n,
      outcomes: [{ below: [0, 0, 0, 0], shortfall: 0n, badDebt: 0n }],
    });
  });
});
