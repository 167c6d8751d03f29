import { type Entry, WAD, coverageOf, readShortfall } from '@surety/domain';
import { ChangingRows } from '../following/changing-rows.js';
import { foldError } from '../following/fold-errors.js';
import type { AssetBook } from './asset-book.js';
import type { CoverageFact } from './collateral-rows.js';
import type {
  CoverageReportedFact,
  CoveredFact,
  LossFact,
  OrphanFact,
  TakenBackFact,
  WrittenOffFact,
} from './ledger-fact.js';

/** Largest sum of units at the ledger, which saturates there. @source LedgerOrphans.sol */
const UNITS_MAX = 2n ** 104n - 1n;

/** The coverage before any report and any rewind. */
const WHOLE = {
  inForceWad: WAD,
  reportedWad: WAD,
  impairedSince: 0n,
  saidSeq: 0n,
  lostSeq: 0n,
  orphaned: 0n,
  missing: 0n,
  found: 0n,
};

/** Identifies an asset by its vault. */
export type VaultAssetKey = Pick<CoverageFact, 'source' | 'vaultAsset'>;

/** Returns the coverage of an asset of which nothing was reported or rewound. */
export function wholeCoverage({ source, vaultAsset }: VaultAssetKey): CoverageFact {
  return { source, vaultAsset, ...WHOLE };
}

/** A replayed SHORTFALL that no log refuses. */
export interface ReplayedShortfall {
  readonly source: number;
  /** Number of the entry. */
  readonly index: bigint;
  readonly entry: Entry;
}

/**
 * The coverage of each asset and the amounts that a rewind left open, as in LedgerKinds.sol, LedgerLosses.sol and
 * LedgerOrphans.sol.
 *
 *   SHORTFALL  below the coverage in force: reported, and the first such report starts the clock
 *              otherwise: in force at once, or only reported if witnesses are required
 *   covered    the last reported coverage is in force
 *   unwound    a SHORTFALL was unwound: no report is pending, and the asset is impaired until the vault reports again
 *   LOST       waits for the vault's answer under its index, until it is settled
 *   orphans    units are orphaned until their entries come again or are taken back; units that the account no longer had
 *              are missing until the vault is informed, and found if their entry comes afterwards
 */
export class CoverageBook extends ChangingRows<string, CoverageFact> {
  /** Logged reports of this call that still wait for their batch. */
  #told: CoverageReportedFact[] = [];
  /** The asset whose loss was settled, unless a later log of this call reports a coverage. */
  #settled: string | undefined;

  constructor(coverages: readonly CoverageFact[]) {
    super(keyOf, coverages);
  }

  /** Returns an asset's coverage; full coverage before any report. */
  of({ source, vaultAsset }: VaultAssetKey): CoverageFact {
    return this.byKey.get(keyOf({ source, vaultAsset })) ?? wholeCoverage({ source, vaultAsset });
  }

  /** Returns coverages in force below 1, by the ledger's index of the asset. */
  inForce(assets: AssetBook): ReadonlyMap<number, bigint> {
    const short = new Map<number, bigint>();
    for (const { source, vaultAsset, inForceWad } of this.all) {
      const assetId = assets.idOf(source, vaultAsset);
      if (assetId !== undefined && inForceWad !== WAD) short.set(assetId, inForceWad);
    }
    return short;
  }

  /** Records a logged report; the batch that contains it follows. */
  hear(fact: CoverageReportedFact): void {
    this.#told.push(fact);
    this.#settled = undefined;
  }

  /** Applies a replayed SHORTFALL. @throws FACT_GAP unless a log reports it as the entry states. */
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
    // The report that answers a LOST has its own index, which no view returns.
    const isNews = reportedWad !== kept.reportedWad || kept.saidSeq === 0n;
    this.put({ ...kept, reportedWad, inForceWad, impairedSince, saidSeq: isNews ? index : kept.saidSeq });
  }

  /** Puts the reported coverage in force. @throws FACT_GAP unless it equals the log and was pending. */
  cover({ source, vaultAsset, coverageWad }: CoveredFact): void {
    const kept = this.of({ source, vaultAsset });
    const { inForceWad, reportedWad, impairedSince } = kept;
    const waited = reportedWad !== inForceWad || impairedSince !== 0n || this.#settled === keyOf(kept);
    if (reportedWad !== coverageWad || !waited) {
      throw foldError(
        'FACT_GAP',
        `asset ${vaultAsset} of source ${source} is covered at ${coverageWad}; ${waited ? reportedWad : 'nothing'} waits where ${inForceWad} is in force; read the missing logs`,
      );
    }
    this.put({ ...kept, inForceWad: coverageWad, impairedSince: 0n });
    this.#settled = undefined;
  }

  /** Records that a report was unwound at a time: the vault's figure is unknown, and the coverage in force stays. */
  unwind(key: VaultAssetKey, atS: bigint): void {
    const kept = this.of(key);
    const impairedSince = kept.impairedSince === 0n ? atS : kept.impairedSince;
    this.put({ ...kept, reportedWad: kept.inForceWad, impairedSince, saidSeq: 0n });
  }

  /** Ends a loss that the vault has answered, or reopens it. @throws FACT_GAP if another one is open. */
  settle({ kind, source, vaultAsset, lostSeq }: LossFact): void {
    const kept = this.of({ source, vaultAsset });
    const isRight = kind === 'loss-settled' ? kept.lostSeq === lostSeq : kept.lostSeq <= lostSeq;
    if (!isRight) {
      throw foldError(
        'FACT_GAP',
        `${kind} of loss ${lostSeq} of asset ${vaultAsset} of source ${source}, where ${kept.lostSeq} waits; read the missing logs`,
      );
    }
    this.put({ ...kept, lostSeq: kind === 'loss-settled' ? 0n : lostSeq });
    this.#settled = kind === 'loss-settled' ? keyOf(kept) : undefined;
  }

  /** Records what happened to a crediting entry during and after a rewind. */
  note({ kind, source, vaultAsset, units }: OrphanFact): void {
    const kept = this.of({ source, vaultAsset });
    const { orphaned, missing, found } = kept;
    if (kind === 'orphaned') return this.put({ ...kept, orphaned: plus(orphaned, units) });
    if (kind === 'came-again') return this.put({ ...kept, orphaned: minus(orphaned, units) });
    if (kind === 'missing-again') return this.put({ ...kept, missing: plus(missing, units) });
    this.put({ ...kept, missing: minus(missing, units), found: plus(found, minus(units, missing)) });
  }

  /** Records that an orphan was taken back. */
  takeBack({ source, vaultAsset, taken, missing }: TakenBackFact): void {
    const kept = this.of({ source, vaultAsset });
    const orphaned = minus(kept.orphaned, taken + missing);
    this.put({ ...kept, orphaned, missing: plus(kept.missing, missing) });
  }

  /** Records that the vault was informed of missing or found units. @throws FACT_GAP unless they equal the pending ones. */
  writeOff({ source, vaultAsset, units, found, lostSeq }: WrittenOffFact): void {
    const kept = this.of({ source, vaultAsset });
    if (units !== (found ? kept.found : kept.missing) || kept.lostSeq !== 0n) {
      throw foldError(
        'FACT_GAP',
        `${units} units of asset ${vaultAsset} of source ${source} are told ${found ? 'found' : 'missing'} with loss ${lostSeq}; ${kept.missing} are missing, ${kept.found} found, and loss ${kept.lostSeq} waits; read the missing logs`,
      );
    }
    this.put({ ...kept, ...(found ? { found: 0n } : { missing: 0n }), lostSeq });
  }

  /** Ends a call. @throws FACT_GAP if a logged report belongs to no batch. */
  requireNone(): void {
    this.#settled = undefined;
    const [told] = this.#told;
    if (told === undefined) return;
    throw foldError(
      'FACT_GAP',
      `a log tells a report of asset ${told.vaultAsset} of source ${told.source}, and no batch holds it; read the missing logs`,
    );
  }
}

/** True if a report is consistent with the ledger's rules: see `LedgerKinds._shortfall`. */
function follows({ coverageWad, inForceWad, impairedSince }: CoverageReportedFact, kept: CoverageFact): boolean {
  const isKept = inForceWad === kept.inForceWad;
  if (coverageWad < kept.inForceWad) {
    const isFirst = kept.impairedSince === 0n || kept.saidSeq === 0n;
    return isKept && (isFirst ? impairedSince !== 0n : impairedSince === kept.impairedSince);
  }
  return isKept && impairedSince === kept.impairedSince ? true : inForceWad === coverageWad && impairedSince === 0n;
}

function plus(sum: bigint, units: bigint): bigint {
  return sum + units < UNITS_MAX ? sum + units : UNITS_MAX;
}

function minus(sum: bigint, units: bigint): bigint {
  return sum > units ? sum - units : 0n;
}

function keyOf({ source, vaultAsset }: VaultAssetKey): string {
  return `${source}:${vaultAsset}`;
}
