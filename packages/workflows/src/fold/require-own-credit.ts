import type { Entry } from '@surety/domain';
import { foldError } from './fold-errors.js';
import type { ParkedFact } from './ledger-fact.js';

/**
 * A log that parks an entry's credit must say what the entry says, less what of it its account has had. Says whether the fee was
 * paid first: then the rest is parked, without a fee.
 * @throws FACT_GAP.
 */
export function requireOwnCredit(
  parked: readonly ParkedFact[],
  { source, index, entry }: { source: number; index: bigint; entry: Entry | undefined },
): boolean {
  const fact = parked.find((one) => one.source === source && one.index === index && one.reason !== 'FEE');
  if (fact === undefined) return false;
  const isPaid = entry !== undefined && entry.fee > 0n && fact.fee === 0n;
  const isOwn =
    entry !== undefined &&
    fact.account === entry.account &&
    fact.amount === entry.amount - (isPaid ? entry.fee : 0n) &&
    (isPaid || fact.fee === entry.fee) &&
    fact.vaultAsset === entry.asset;
  if (isOwn) return isPaid;
  throw foldError(
    'FACT_GAP',
    `credit ${index} of source ${source} is parked with ${fact.amount} for ${fact.account}; its entry says ${entry?.amount} for ${entry?.account}; another provider is asked next`,
  );
}
