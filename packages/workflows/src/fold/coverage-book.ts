import { type Entry, WAD, coverageOf, readShortfall } from '@surety/domain';
import type { AssetBook } from './asset-book.js';
import type { CoverageFact } from './collateral-rows.js';
import { foldError } from './fold-errors.js';
import type { CoverageClearedFact, CoverageReportedFact, CoveredFact, LossFact } from './ledger-fact.js';

/** Names an asset by its vault. */
export type VaultAssetKey = Pick<CoverageFact, 'source' | 'vaultAsset'>;

/** A SHORTFALL that a batch replayed and no log refuses. */
export interface ReplayedShortfall {
  readonly source: number;
  /** Sequence number of the entry. */
  readonly index: bigint;
  readonly entry: Entry;
}

/**
 * The coverage of each asset, as LedgerKinds.sol and LedgerBadDays.sol keep it.
 *
 *   SHORTFALL  less than what is in force: reported, the first one starts the clock
 *              no less: in force at once, or reported where witnesses are asked for
 *   covered    what was reported last is in force       cleared   a SHORTFALL was undone: no report waits
 *   LOST       waits for the vault's answer under its number, until it is settled
 */
export class CoverageBook {
  readonly #coverages = new Map<string, CoverageFact>();
  /** Reports that logs of this call tell of, until the batch that they were replayed with. */
  #told: CoverageReportedFact[] = [];
  #dirty = new Set<string>();

  constructor(coverages: readonly CoverageFact[]) {
    for (const one of coverages) this.#coverages.set(keyOf(one), one);
  }

  /** What was ever reported, in no order. */
  get all(): readonly CoverageFact[] {
    return [...this.#coverages.values()];
  }

  /** Gives an asset's coverage; all of it before any report. */
  of({ source, vaultAsset }: VaultAssetKey): CoverageFact {
    const whole = { inForceWad: WAD, reportedWad: WAD, impairedSince: 0n, saidSeq: 0n, lostSeq: 0n };
    return this.#coverages.get(keyOf({ source, vaultAsset })) ?? { source, vaultAsset, ...whole };
  }

  /** Gives coverages in force below 1, by the ledger's index of the asset. */
  inForce(assets: AssetBook): ReadonlyMap<number, bigint> {
    const short = new Map<number, bigint>();
    for (const { source, vaultAsset, inForceWad } of this.all) {
      const assetId = assets.idOf(source, vaultAsset);
      if (assetId !== undefined && inForceWad !== WAD) short.set(assetId, inForceWad);
    }
    return short;
  }

  /** Notes what a log says of a report; the batch that holds it follows. */
  hear(fact: CoverageReportedFact): void {
    this.#told.push(fact);
  }

  /** Gives a replayed SHORTFALL its effect. @throws FACT_GAP unless a log tells of it as the entry does. */
  report({ source, index, entry }: ReplayedShortfall): void {
    const shortfall = readShortfall(entry);
    const at = this.#told.findIndex((one) => one.source === source && one.vaultAsset === entry.asset);
    const [told] = at < 0 ? [] : this.#told.splice(at, 1);
    const kept = this.of({ source, vaultAsset: entry.asset });
    const reportedWad = shortfall && coverageOf(shortfall);
    if (reportedWad === undefined || told?.coverageWad !== reportedWad || !follows(told, kept)) {
      throw foldError(
        'FACT_GAP',
        `entry ${index} of source ${source} reports ${shortfall?.missing ?? 'no possible number'} of asset ${entry.asset} missing of ${shortfall?.accounted}; a log tells ${told?.coverageWad ?? 'nothing'} since ${told?.impairedSince}; read the missing logs`,
      );
    }
    const { inForceWad, impairedSince } = told;
    const isNews = reportedWad !== kept.reportedWad || kept.saidSeq === 0n;
    this.#put({ ...kept, reportedWad, inForceWad, impairedSince, saidSeq: isNews ? index : kept.saidSeq });
  }

  /** Puts what was reported in force. @throws FACT_GAP unless that is what the log says. */
  cover({ source, vaultAsset, coverageWad }: CoveredFact): void {
    const kept = this.of({ source, vaultAsset });
    if (kept.reportedWad !== coverageWad) {
      throw foldError(
        'FACT_GAP',
        `asset ${vaultAsset} of source ${source} is covered at ${coverageWad}; it reported ${kept.reportedWad} since ${kept.impairedSince}; read the missing logs`,
      );
    }
    this.#put({ ...kept, inForceWad: coverageWad, impairedSince: 0n });
  }

  /** Forgets what was reported: a report is undone, the coverage in force stays. */
  clear(key: Pick<CoverageClearedFact, 'source' | 'vaultAsset'>): void {
    const kept = this.of(key);
    this.#put({ ...kept, reportedWad: kept.inForceWad, impairedSince: 0n });
  }

  /** Ends a loss that the vault has answered, or opens it again. @throws FACT_GAP if another one waits. */
  settle({ kind, source, vaultAsset, lostSeq }: LossFact): void {
    const kept = this.of({ source, vaultAsset });
    const before = kind === 'loss-settled' ? lostSeq : 0n;
    if (kept.lostSeq !== before) {
      throw foldError(
        'FACT_GAP',
        `${kind} of loss ${lostSeq} of asset ${vaultAsset} of source ${source}, where ${kept.lostSeq} waits; read the missing logs`,
      );
    }
    this.#put({ ...kept, lostSeq: kind === 'loss-settled' ? 0n : lostSeq });
  }

  /** Notes a LOST that was journaled; `before` is its former number if it was appended again. */
  lose(key: VaultAssetKey, seq: bigint, before: bigint | undefined): void {
    const kept = this.of(key);
    if (before === undefined || kept.lostSeq === before) this.#put({ ...kept, lostSeq: seq });
  }

  /** Ends a call. @throws FACT_GAP if a log tells of a report that no batch holds. */
  requireNone(): void {
    const [told] = this.#told;
    if (told === undefined) return;
    throw foldError(
      'FACT_GAP',
      `a log tells a report of asset ${told.vaultAsset} of source ${told.source}, and no batch holds it; read the missing logs`,
    );
  }

  /** Gives the coverages that changed since the last call. */
  takeChanges(): CoverageFact[] {
    const changed = [...this.#dirty].flatMap((key) => this.#coverages.get(key) ?? []);
    this.#dirty = new Set();
    return changed;
  }

  #put(coverage: CoverageFact): void {
    this.#coverages.set(keyOf(coverage), coverage);
    this.#dirty.add(keyOf(coverage));
  }
}

/** Says whether a report leaves what the ledger's rules leave: see `LedgerKinds._shortfall`. */
function follows({ coverageWad, inForceWad, impairedSince }: CoverageReportedFact, kept: CoverageFact): boolean {
  const isKept = inForceWad === kept.inForceWad;
  if (coverageWad < kept.inForceWad) {
    return isKept && (kept.impairedSince === 0n ? impairedSince !== 0n : impairedSince === kept.impairedSince);
  }
  return isKept && impairedSince === kept.impairedSince ? true : inForceWad === coverageWad && impairedSince === 0n;
}

function keyOf({ source, vaultAsset }: VaultAssetKey): string {
  return `${source}:${vaultAsset}`;
}
