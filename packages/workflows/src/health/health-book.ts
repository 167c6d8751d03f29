import { type Bytes32, WAD, mulDivDown, wad } from '@surety/domain';
import { HEALTH_STEPS_BPS, type RungBand, healthRungOf, isInBand, rungBandOf } from '@surety/margin';
import type { LineFact } from '../ledger-projection/collateral-rows.js';
import type { MarginSnapshot } from '../ledger-projection/margin-snapshot.js';
import { type AssetRate, coveredUnits, isSameRate, rateOf, valueOf } from './asset-rate.js';

/** An account with debt, reduced to what determines its health. */
export interface Debtor {
  readonly account: Bytes32;
  /** Number of steps of the ladder that its health is below. */
  readonly rung: number;
  /** Its debt at maintenance, 18 decimals. */
  readonly requirement: bigint;
}

/** Numbers of accounts with debt: all of them, and those below each step of the ladder, the highest step first. */
export interface StepCounts {
  readonly debtors: number;
  readonly below: readonly number[];
}

/** One debtor in the book. `assets` is the worth of its lines at the current rates of their columns. */
interface Entry {
  readonly debtor: Debtor;
  readonly band: RungBand;
  readonly lineCount: number;
  assets: bigint;
  /** Lines with effect, in assets without a price. */
  missing: number;
  /** True once another entry, or none, represents the account. */
  isGone: boolean;
  /** Number of the last pass that visited one of its lines. */
  seenIn: number;
}

/** The lines of one asset, in any order: account and units. */
interface Column {
  rate: AssetRate | undefined;
  entries: Entry[];
  units: bigint[];
}

/** Lines of removed entries, beyond the number of live ones, above which the columns are cleaned up. */
const GONE_SLACK = 1_000;

/**
 * All debtors with their lines, valued at the last snapshot. A price move only costs work for the lines of its asset,
 * and an account is judged again only if its assets left the band in which its rung stays the same.
 * Invariant: an entry's assets equal what `weighAccount` returns for its lines at the columns' rates. Each update adds
 * a line's new worth and subtracts its old one, both from the same function. Checked by `health-book.test.ts`.
 */
export class HealthBook {
  readonly #entries = new Map<Bytes32, Entry>();
  readonly #columns = new Map<number, Column>();
  #liveLines = 0;
  #goneLines = 0;
  #pass = 0;
  /** The snapshot at which the columns are valued. */
  #snapshot: MarginSnapshot | undefined;
  /** By rung: accounts that stand at it or a higher one, the least healthy first, until anything changes. */
  readonly #ranked = new Map<number, readonly Bytes32[]>();
  /** Accounts below each step, until anything changes. */
  #counted: StepCounts | undefined;

  /** Adds a debtor with all its lines, replacing what was known of the account; an account without debt is left out. */
  enter(debtor: Debtor, lines: readonly LineFact[]): void {
    this.#forget();
    this.#remove(debtor.account);
    if (debtor.requirement === 0n) return;
    const counted = lines.filter(({ enabled, amount }) => enabled && amount > 0n);
    const { account, rung, requirement } = debtor;
    const band = rungBandOf(wad(requirement), rung);
    const state = { assets: 0n, missing: 0, isGone: false, seenIn: 0 };
    const entry: Entry = { debtor: { account, rung, requirement }, band, lineCount: counted.length, ...state };
    this.#entries.set(account, entry);
    this.#liveLines += counted.length;
    for (const { assetId, amount } of counted) {
      const column = this.#columnOf(assetId);
      column.entries.push(entry);
      column.units.push(amount);
      count(entry, amount, { from: undefined, to: column.rate });
    }
  }

  /**
   * Values everything at a snapshot and returns, of the holders of assets whose worth changed, those whose rung
   * changed, by account.
   */
  revalue(snapshot: MarginSnapshot): Debtor[] {
    if (this.#goneLines > this.#liveLines + GONE_SLACK) this.#clear();
    this.#pass += 1;
    this.#forget();
    const touched: Entry[] = [];
    this.#snapshot = snapshot;
    for (const [assetId, column] of this.#columns) {
      const to = this.#rateOf(assetId);
      if (!isSameRate(column.rate, to)) this.#moveColumn(column, to, touched);
    }
    return touched
      .flatMap((entry) => movedDebtor(entry))
      .sort((left, right) => (left.account < right.account ? -1 : 1));
  }

  /** Returns what an account's lines are worth at the last snapshot; undefined without debt, or where an asset has no price. */
  assetsOf(account: Bytes32): bigint | undefined {
    const entry = this.#entries.get(account);
    return entry === undefined || entry.missing > 0 ? undefined : entry.assets;
  }

  /**
   * Returns the accounts below at least so many steps when they were judged, by their health at the last snapshot, the least first. Where an
   * asset has no price the health is not known, and they come last.
   */
  leastHealthy(rung: number): readonly Bytes32[] {
    const known = this.#ranked.get(rung);
    if (known !== undefined) return known;
    const ranked = [...this.#entries.values()]
      .filter(({ debtor }) => debtor.rung >= rung)
      .map((entry) => ({ entry, healthWad: mulDivDown(entry.assets, WAD, entry.debtor.requirement) }))
      .sort((left, right) => compareRanks(left, right))
      .map(({ entry }) => entry.debtor.account);
    this.#ranked.set(rung, ranked);
    return ranked;
  }

  /**
   * Returns how many debtors there are, and how many are below each step of the ladder at the last snapshot. Where an asset has no
   * price, an account counts where it last stood.
   */
  countBelow(): StepCounts {
    this.#counted ??= this.#countAll();
    return this.#counted;
  }

  #countAll(): StepCounts {
    const below = HEALTH_STEPS_BPS.map(() => 0);
    for (const entry of this.#entries.values()) {
      const rung = movedDebtor(entry)[0]?.rung ?? entry.debtor.rung;
      for (let step = 0; step < rung; step += 1) below[step] = (below[step] ?? 0) + 1;
    }
    return { debtors: this.#entries.size, below };
  }

  #forget(): void {
    this.#ranked.clear();
    this.#counted = undefined;
  }

  #moveColumn(column: Column, to: AssetRate | undefined, touched: Entry[]): void {
    const { entries, units, rate: from } = column;
    for (let at = 0; at < entries.length; at += 1) {
      const [entry, amount] = [entries[at], units[at]];
      if (entry === undefined || amount === undefined || entry.isGone) continue;
      count(entry, amount, { from, to });
      if (entry.seenIn === this.#pass) continue;
      entry.seenIn = this.#pass;
      touched.push(entry);
    }
    column.rate = to;
  }

  #columnOf(assetId: number): Column {
    const known = this.#columns.get(assetId);
    if (known !== undefined) return known;
    const column: Column = { rate: this.#rateOf(assetId), entries: [], units: [] };
    this.#columns.set(assetId, column);
    return column;
  }

  #rateOf(assetId: number): AssetRate | undefined {
    const terms = this.#snapshot?.terms.get(assetId);
    return terms === undefined || this.#snapshot === undefined ? undefined : rateOf(terms, this.#snapshot);
  }

  #remove(account: Bytes32): void {
    const entry = this.#entries.get(account);
    if (entry === undefined) return;
    entry.isGone = true;
    this.#entries.delete(account);
    this.#liveLines -= entry.lineCount;
    this.#goneLines += entry.lineCount;
  }

  #clear(): void {
    for (const column of this.#columns.values()) {
      const isLive = column.entries.map(({ isGone }) => !isGone);
      column.entries = column.entries.filter((_, at) => isLive[at]);
      column.units = column.units.filter((_, at) => isLive[at]);
    }
    this.#goneLines = 0;
  }
}

interface Ranked {
  readonly entry: Pick<Entry, 'missing'>;
  readonly healthWad: bigint;
}

function compareRanks(left: Ranked, right: Ranked): number {
  const isMissing = Number(left.entry.missing > 0) - Number(right.entry.missing > 0);
  if (isMissing !== 0 || left.healthWad === right.healthWad) return isMissing;
  return left.healthWad < right.healthWad ? -1 : 1;
}

/** Replaces the worth of units at the old rate by their worth at the new one. */
function count(
  entry: Entry,
  amount: bigint,
  { from, to }: { readonly from: AssetRate | undefined; readonly to: AssetRate | undefined },
): void {
  entry.assets += valueOf(amount, to) - valueOf(amount, from);
  if (from?.isMissing === true && coveredUnits(amount, from) > 0n) entry.missing -= 1;
  if (to?.isMissing === true && coveredUnits(amount, to) > 0n) entry.missing += 1;
}

/** Returns the debtor with its new rung; none if the rung is unchanged, or where an asset has no price. */
function movedDebtor({ debtor, band, assets, missing }: Entry): Debtor[] {
  const known = wad(assets);
  if (missing > 0 || isInBand(known, band)) return [];
  const { requirement, rung } = debtor;
  return [{ ...debtor, rung: healthRungOf({ assets: known, requirement: wad(requirement) }, rung) }];
}
