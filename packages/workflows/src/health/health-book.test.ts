import { type BlockHeight, type Bytes32, WAD, blockHash, bytes32, chainId, mulDivDown, wad } from '@surety/domain';
import { HEALTH_STEPS_BPS, healthRungOf, isUnknown, steadyPrice } from '@surety/margin';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LineFact } from '../ledger-projection/collateral-rows.js';
import type { MarginSnapshot } from '../ledger-projection/margin-snapshot.js';
import type { AssetTerms } from '../ledger-projection/settlement-reader.js';
import { START, anyCoverage, anyTerms } from '../testing/any-terms.js';
import { type Debtor, HealthBook, type StepCounts } from './health-book.js';
import { weighAccount } from './weigh-account.js';

const SEED = 20_261_123;
const ASSETS = 5;
const ACCOUNTS = 8;
const word = (n: number): Bytes32 => bytes32(`0x${n.toString(16).padStart(64, '0')}`);

const assetIndex = fc.integer({ min: 1, max: ASSETS });

/** Events between two polls, and changes of the next snapshot. */
const act = fc.oneof(
  fc.record({ kind: fc.constant('terms' as const), assetId: assetIndex, terms: anyTerms }),
  fc.record({
    kind: fc.constant('price' as const),
    assetId: assetIndex,
    bps: fc.bigInt({ min: 8_000n, max: 12_000n }),
  }),
  fc.record({ kind: fc.constant('coverage' as const), assetId: assetIndex, coverageWad: anyCoverage }),
  fc.record({ kind: fc.constant('time' as const), seconds: fc.bigInt({ min: 1n, max: 200_000n }) }),
  fc.record({
    kind: fc.constant('enter' as const),
    account: fc.integer({ min: 1, max: ACCOUNTS }),
    lines: fc.array(
      fc.record({
        assetId: assetIndex,
        amount: fc.oneof(fc.bigInt({ min: 0n, max: 10n ** 12n }), fc.bigInt({ min: 0n, max: 2n ** 127n })),
        enabled: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
      }),
      { maxLength: 4 },
    ),
    /** Debt as a share of the assets in parts per thousand. */
    owedPerMille: fc.bigInt({ min: 0n, max: 1_300n }),
  }),
);
type Act = typeof act extends fc.Arbitrary<infer One> ? One : never;

/** A book beside what a full pass needs. */
class TwoPasses {
  readonly #book = new HealthBook();
  readonly #debtors = new Map<Bytes32, { readonly debtor: Debtor; readonly lines: readonly LineFact[] }>();
  readonly #terms = new Map<number, AssetTerms>();
  readonly #coverages = new Map<number, bigint>();
  #timestamp = START;
  #last = this.#snapshot();
  crossings = 0;
  valued = 0;

  act(one: Act): void {
    if (one.kind === 'terms') {
      this.#terms.set(one.assetId, { ...one.terms, assetId: one.assetId, sourceIndex: 1, isStanding: false });
    } else if (one.kind === 'price') this.#movePrice(one.assetId, one.bps);
    else if (one.kind === 'coverage') this.#coverages.set(one.assetId, one.coverageWad);
    else if (one.kind === 'time') this.#timestamp += one.seconds;
    else this.#enter(one);
  }

  /** Runs both passes; judges every debtor found, as the watch does, so that each has the right rung at each snapshot. */
  look(): {
    readonly found: readonly Debtor[];
    readonly wanted: readonly Debtor[];
    readonly misvalued: readonly Debtor[];
    readonly counted: StepCounts;
    readonly counts: StepCounts;
  } {
    this.#last = this.#snapshot();
    const found = this.#book.revalue(this.#last);
    const misvalued = this.misvalued();
    const wanted = this.#fullPass();
    const [counted, counts] = [this.#book.countBelow(), this.#countAll()];
    this.crossings += found.length;
    for (const debtor of found) {
      const lines = this.#debtors.get(debtor.account)?.lines ?? [];
      this.#debtors.set(debtor.account, { debtor, lines });
      this.#book.enter(debtor, lines);
    }
    return { found, wanted, misvalued, counted, counts };
  }

  /** Debtors that the book says to be worth something else than the engine does. */
  misvalued(): Debtor[] {
    return [...this.#debtors.values()].flatMap(({ debtor, lines }) => {
      const kept = this.#book.assetsOf(debtor.account);
      if (kept !== undefined) this.valued += 1;
      const { assets } = weighAccount(lines, this.#last).margin.grades.maintenance;
      return kept === undefined || kept === assets ? [] : [debtor];
    });
  }

  /** What a list of the least healthy has wrong, by rung. */
  misranked(): unknown[] {
    return [0, 1, 2, 3, 4].flatMap((rung) => {
      const ranked = this.#book.leastHealthy(rung);
      const wanted = [...this.#debtors.values()].filter(({ debtor }) => debtor.rung >= rung);
      const isWhole = wanted.length === ranked.length && wanted.every(({ debtor }) => ranked.includes(debtor.account));
      const healths = ranked.map((account) => {
        const [assets, owed] = [this.#book.assetsOf(account), this.#debtors.get(account)?.debtor.requirement];
        return assets === undefined || owed === undefined ? undefined : mulDivDown(assets, WAD, owed);
      });
      const isSorted = healths.every((health, at) => {
        const next = healths[at + 1];
        return next === undefined || (health !== undefined && health <= next);
      });
      return isWhole && isSorted ? [] : [{ rung, ranked, healths }];
    });
  }

  #fullPass(): Debtor[] {
    return [...this.#debtors.values()]
      .map(({ debtor, lines }) => ({ ...debtor, rung: this.#rungOf(debtor, lines) }))
      .filter(({ account, rung }) => rung !== this.#debtors.get(account)?.debtor.rung)
      .sort((left, right) => (left.account < right.account ? -1 : 1));
  }

  #countAll(): StepCounts {
    const rungs = [...this.#debtors.values()].map(({ debtor, lines }) => this.#rungOf(debtor, lines));
    const below = HEALTH_STEPS_BPS.map((_, step) => rungs.filter((rung) => rung > step).length);
    return { debtors: rungs.length, below };
  }

  #enter({ account: n, lines: drawn, owedPerMille }: Extract<Act, { kind: 'enter' }>): void {
    const account = word(n);
    const byAsset = new Map(drawn.map((line) => [line.assetId, line]));
    const lines = [...byAsset.values()].map((line) => ({ ...line, account, unseasoned: 0n, seasonEnd: 0n }));
    const { assets } = weighAccount(lines, this.#last).margin.grades.maintenance;
    const owed = { account, rung: 0, requirement: mulDivDown(assets, owedPerMille, 1_000n) };
    const debtor = { ...owed, rung: this.#rungOf(owed, lines, this.#last) };
    if (owed.requirement > 0n) this.#debtors.set(account, { debtor, lines });
    else this.#debtors.delete(account);
    this.#book.enter(debtor, lines);
  }

  #rungOf({ requirement, rung }: Debtor, lines: readonly LineFact[], at = this.#last): number {
    const { margin } = weighAccount(lines, at);
    if (isUnknown(margin)) return rung;
    return healthRungOf({ assets: margin.grades.maintenance.assets, requirement: wad(requirement) }, rung);
  }

  #movePrice(assetId: number, bps: bigint): void {
    const known = this.#terms.get(assetId);
    if (known === undefined) return;
    const prices = known.prices.map((one) => ({ ...one, price1e12: mulDivDown(one.price1e12, bps, 10_000n) }));
    this.#terms.set(assetId, { ...known, prices });
  }

  #snapshot(): MarginSnapshot {
    const hash = blockHash(word(1));
    const block = { chainId: chainId(99), height: 1n as BlockHeight, hash, timestamp: this.#timestamp };
    const coverages = new Map([...this.#coverages].filter(([, coverageWad]) => coverageWad !== WAD));
    return { block: block as MarginSnapshot['block'], terms: new Map(this.#terms), coverages };
  }
}

describe('a book of indebted accounts', () => {
  it('finds exactly the accounts that a pass over all finds, whatever changes', () => {
    let [crossings, valued] = [0, 0];
    fc.assert(
      fc.property(fc.array(fc.array(act, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 12 }), (looks) => {
        const passes = new TwoPasses();
        for (const acts of looks) {
          for (const one of acts) passes.act(one);
          const { found, wanted, misvalued, counted, counts } = passes.look();
          expect(found).toEqual(wanted);
          expect(counted).toEqual(counts);
          expect(misvalued).toEqual([]);
          expect(passes.misranked()).toEqual([]);
        }
        crossings += passes.crossings;
        valued += passes.valued;
      }),
      { seed: SEED, numRuns: 1_500 },
    );
    expect(crossings).toBeGreaterThan(500);
    expect(valued).toBeGreaterThan(5_000);
  });

  it('values the first debtor of an asset as it enters, at the last snapshot', () => {
    const passes = new TwoPasses();
    const [terms] = fc.sample(anyTerms, { seed: SEED, numRuns: 1 });
    if (terms === undefined) throw new TypeError('no terms were drawn');
    passes.act({ kind: 'terms', assetId: 1, terms });
    passes.look();
    const lines = [{ assetId: 1, amount: 10n ** 20n, enabled: true }];
    passes.act({ kind: 'enter', account: 1, lines, owedPerMille: 900n });
    expect(passes.misvalued()).toEqual([]);
    expect(passes.valued).toBe(1);
  });

  it('stays exact when most of its content was replaced many times', () => {
    const passes = new TwoPasses();
    const [one] = fc.sample(anyTerms, { seed: SEED, numRuns: 1 });
    if (one === undefined) throw new TypeError('no terms were drawn');
    const prices = [steadyPrice({ price1e12: 10n ** 12n, observedAt: START, maxAgeS: 3_600 })];
    passes.act({ kind: 'terms', assetId: 1, terms: { ...one, prices } });
    passes.look();
    for (let round = 0; round < 2_500; round += 1) {
      const lines = [{ assetId: 1, amount: 10n ** 20n * BigInt(1 + (round % 7)), enabled: true }];
      passes.act({ kind: 'enter', account: 1 + (round % ACCOUNTS), lines, owedPerMille: 600n });
      if (round % 50 !== 0) continue;
      passes.act({ kind: 'price', assetId: 1, bps: round % 100 === 0 ? 8_000n : 12_500n });
      const { found, wanted } = passes.look();
      expect(found).toEqual(wanted);
    }
    expect(passes.crossings).toBeGreaterThan(100);
  });
});
