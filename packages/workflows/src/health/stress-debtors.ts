import { type Bytes32, mulDivDown, wad } from '@surety/domain';
import { HEALTH_STEPS_BPS, healthRungOf } from '@surety/margin';
import type { AssetFact, LineFact } from '../ledger-projection/collateral-rows.js';
import type { MarginSnapshot } from '../ledger-projection/margin-snapshot.js';
import { type AssetRate, coveredUnits, isSameRate, priceRateOf, rateOf, valueOf } from './asset-rate.js';
import { type UnlistedProtocols, findUnlisted } from './find-unlisted.js';
import type { HealthStore } from './health-watch.js';
import { linesByAccount } from './lines-by-account.js';
import { STRESS_PAGE } from './limits.js';

const WHOLE_BPS = 10_000n;

/** All accounts with debt in one state of the market; 18 decimals. One whose worth is not known stands below as it last stood, and is in no sum. */
export interface StressOutcome {
  /** Accounts below each step of the ladder, the healthiest step first; whoever is below a step is below those before. */
  readonly below: readonly number[];
  /** Σ (Q_M − A_M)⁺: what would have to come in to end every shortfall. */
  readonly shortfall: bigint;
  /** Σ (Q_M − value)⁺: what is missing if everything is sold at the price. */
  readonly badDebt: bigint;
}

/** Accounts with debt, judged in several states of the market. */
export interface StressedDebtors {
  readonly debtors: number;
  /** Accounts with debt at unlisted protocols, which are in no other figure. */
  readonly unlisted: number;
  /** Σ Q_M, 18 decimals. */
  readonly required: bigint;
  /** One for each state, in their order. */
  readonly outcomes: readonly StressOutcome[];
}

/** Returns a snapshot in which prices of some underlyings are lower by some basis points; slow prices and own feeds fall alike. */
export function snapshotAfterFall(
  snapshot: MarginSnapshot,
  assets: ReadonlyMap<number, Pick<AssetFact, 'underlying'>>,
  fall: { readonly underlyings: ReadonlySet<number>; readonly bps: number },
): MarginSnapshot {
  const left = WHOLE_BPS - BigInt(fall.bps);
  const fallen = (price: bigint): bigint => mulDivDown(price, left, WHOLE_BPS);
  const terms = [...snapshot.terms].map(([assetId, own]): [number, typeof own] => {
    const { underlying } = assets.get(assetId) ?? {};
    if (underlying === undefined || !fall.underlyings.has(underlying)) return [assetId, own];
    const prices = own.prices.map((price) => ({
      ...price,
      price1e12: fallen(price.price1e12),
      slow1e12: fallen(price.slow1e12),
    }));
    return [assetId, { ...own, prices }];
  });
  return { ...snapshot, terms: new Map(terms) };
}

/**
 * Judges every account with debt in each state of the market, with the requirement that it had when it was last judged.
 * Accounts are read page by page while the ledger moves on, so that a large book keeps nobody waiting.
 * @throws the store's errors, and the signal's reason once it aborts
 */
export async function stressDebtors(
  {
    store,
    unlisted: protocols,
  }: UnlistedProtocols & { readonly store: Pick<HealthStore, 'loadOwingAfter' | 'loadLinesOfAll'> },
  states: readonly MarginSnapshot[],
  signal: AbortSignal,
): Promise<StressedDebtors> {
  const rates = ratesOf(states);
  const outcomes = states.map((): Mutable<StressOutcome> => {
    return { below: HEALTH_STEPS_BPS.map(() => 0), shortfall: 0n, badDebt: 0n };
  });
  let [debtors, unlisted, required] = [0, 0, 0n];
  for (let last: Bytes32 | undefined; ;) {
    const page = await store.loadOwingAfter(last, STRESS_PAGE);
    const accounts = page.map(({ account }) => account);
    const apart = await findUnlisted({ store, unlisted: protocols }, accounts);
    const lines = linesByAccount(await store.loadLinesOfAll(accounts));
    signal.throwIfAborted();
    unlisted += apart.size;
    for (const { account, requirement, rung } of page) {
      if (apart.has(account)) continue;
      debtors += 1;
      required += requirement;
      addDebtor(outcomes, rates, { requirement, rung, lines: lines.get(account) ?? [] });
    }
    last = page.at(-1)?.account;
    if (page.length < STRESS_PAGE) return { debtors, unlisted, required, outcomes };
  }
}

type Mutable<Of> = { -readonly [Name in keyof Of]: Of[Name] extends readonly number[] ? number[] : Of[Name] };

/** An asset's weighted and plain worth in each state; a state that changes neither has the first one's. */
type RatesByState = ReadonlyMap<number, readonly { readonly weighted: AssetRate; readonly plain: AssetRate }[]>;

function ratesOf(states: readonly MarginSnapshot[]): RatesByState {
  const [first] = states;
  return new Map(
    [...(first?.terms.keys() ?? [])].map((assetId) => {
      const found: { weighted: AssetRate; plain: AssetRate }[] = [];
      for (const state of states) {
        const terms = state.terms.get(assetId);
        if (terms === undefined) continue;
        const own = { weighted: rateOf(terms, state), plain: priceRateOf(terms, state) };
        const [base] = found;
        const isBase =
          base !== undefined && isSameRate(base.weighted, own.weighted) && isSameRate(base.plain, own.plain);
        found.push(isBase ? base : own);
      }
      return [assetId, found];
    }),
  );
}

interface Owing {
  readonly requirement: bigint;
  /** Where it last stood. */
  readonly rung: number;
  readonly lines: readonly LineFact[];
}

function addDebtor(
  outcomes: Mutable<StressOutcome>[],
  rates: RatesByState,
  { requirement, rung: last, lines }: Owing,
): void {
  const counted = lines.flatMap(({ assetId, amount, enabled }) => {
    const own = rates.get(assetId);
    const [base] = own ?? [];
    if (!enabled || amount === 0n || own === undefined || base === undefined) return [];
    return [{ amount, own, base, weighted: valueOf(amount, base.weighted), plain: valueOf(amount, base.plain) }];
  });
  // Its worth is not known, whatever else falls: it stands where it last stood, as in the ladder, and is in no sum.
  if (counted.some(({ amount, base }) => base.weighted.isMissing && coveredUnits(amount, base.weighted) > 0n)) {
    for (const outcome of outcomes) addBelow(outcome, last);
    return;
  }
  outcomes.forEach((outcome, at) => {
    let [assets, value] = [0n, 0n];
    for (const { amount, own, base, weighted, plain } of counted) {
      const rate = own[at] ?? base;
      assets += rate === base ? weighted : valueOf(amount, rate.weighted);
      value += rate === base ? plain : valueOf(amount, rate.plain);
    }
    addBelow(outcome, healthRungOf({ assets: wad(assets), requirement: wad(requirement) }));
    if (requirement > assets) outcome.shortfall += requirement - assets;
    if (requirement > value) outcome.badDebt += requirement - value;
  });
}

function addBelow({ below }: Mutable<StressOutcome>, rung: number): void {
  for (let step = 0; step < rung; step += 1) below[step] = (below[step] ?? 0) + 1;
}
