import { coveredLine, tokenUnits } from '@surety/domain';
import { type AccountMargin, LINE_STATUS_BITS, type Line, accountMarginOf, knownMarginOf } from '@surety/margin';
import type { LineFact } from '../ledger-projection/collateral-rows.js';
import { type MarginSnapshot, coverageIn } from '../ledger-projection/margin-snapshot.js';
import type { AssetTerms, MarginSums } from '../ledger-projection/settlement-reader.js';

/** A margin with its inputs. */
export interface WeighedAccount {
  /** In units; the margin's own lines are multiplied by the coverage in force. */
  readonly lines: readonly LineFact[];
  readonly terms: readonly AssetTerms[];
  readonly margin: AccountMargin;
}

/** Computes an account's margin at the snapshot's block: the same integers as `marginOf` returns there. */
export function weighAccount(lines: readonly LineFact[], snapshot: MarginSnapshot): WeighedAccount {
  const counted = lines
    .filter((line) => line.enabled && line.amount > 0n && snapshot.terms.has(line.assetId))
    .sort((left, right) => left.assetId - right.assetId);
  const terms = counted.flatMap((line) => snapshot.terms.get(line.assetId) ?? []);
  const weighed = counted.map((line, at) =>
    marginLine(coveredLine(line, coverageIn(snapshot, line.assetId)), terms[at]),
  );
  return {
    lines: counted,
    terms,
    margin: knownMarginOf(
      accountMarginOf(
        weighed.flatMap((line) => line ?? []),
        snapshot.block.timestamp,
      ),
    ),
  };
}

/** Returns a margin's figures in the order of `marginOf`. */
export function sumsOf({ grades, status, oldestAsOf }: AccountMargin): MarginSums {
  return {
    initial: grades.initial.assets,
    initialRequirement: grades.initial.requirement,
    exit: grades.exit.assets,
    exitRequirement: grades.exit.requirement,
    maintenance: grades.maintenance.assets,
    maintenanceRequirement: grades.maintenance.requirement,
    status,
    oldestAsOf,
  };
}

/** Adds to a margin the protocols' requirements that the ledger returns for the same block. */
export function withRequirements(ours: MarginSums, ledgers: MarginSums): MarginSums {
  const { initialRequirement, exitRequirement, maintenanceRequirement, status } = ledgers;
  return {
    ...ours,
    initialRequirement,
    exitRequirement,
    maintenanceRequirement,
    status: ours.status | (status & ~LINE_STATUS_BITS),
  };
}

/** True if two margins agree in all eight figures. */
export function sameSums(left: MarginSums, right: MarginSums): boolean {
  return (Object.keys(left) as (keyof MarginSums)[]).every((name) => left[name] === right[name]);
}

function marginLine(line: LineFact, terms: AssetTerms | undefined): Line | undefined {
  if (terms === undefined) return undefined;
  const { asset, source, prices } = terms;
  const { amount, unseasoned, seasonEnd } = line;
  return { amount: tokenUnits(amount), unseasoned: tokenUnits(unseasoned), seasonEnd, asset, source, prices };
}
