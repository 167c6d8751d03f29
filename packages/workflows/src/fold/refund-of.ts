import { type Bytes32, type Entry, bytesToUint, hexToBytes } from '@surety/domain';
import { foldError } from './fold-errors.js';
import type { ParkedFact, RefundedFact } from './ledger-fact.js';
import type { RefundFate } from './told-of-entries.js';

/** A REFUND that a batch replayed, and what the logs of its transaction say of it. */
export interface ReplayedRefund {
  readonly source: number;
  /** Number of the REFUND itself. */
  readonly index: bigint;
  readonly entry: Entry;
  /** Units of it that its account has had: they were found. */
  readonly had: bigint;
  /** The ledger's number of the asset, if it is listed. */
  readonly assetId: number | undefined;
  /** Of this transaction, in the order of its entries; what is said of this one is taken out. */
  readonly refunds: RefundFate[];
  readonly parked: readonly ParkedFact[];
}

/**
 * Gives what a REFUND did: its log, and whether what it gave back was parked; undefined if it matched no release.
 * @throws FACT_GAP if the logs do not say.
 */
export function refundOf(
  replayed: ReplayedRefund,
): { readonly fact: RefundedFact; readonly isParked: boolean } | undefined {
  const { source, index, entry, had, assetId, refunds, parked } = replayed;
  const seq = bytesToUint(hexToBytes(entry.party, 32));
  // A release may be named by several: the first that says so is this one's.
  const at = refunds.findIndex((one) => one.source === source && one.seq === seq);
  const [fact] = at < 0 ? [] : refunds.splice(at, 1);
  if (fact === undefined || !isOf(fact, entry, assetId)) {
    throw foldError(
      'FACT_GAP',
      `entry ${index} of source ${source} refunds release ${seq} with ${entry.amount}; the logs say ${fact?.amount ?? 'nothing'}; read the missing logs`,
    );
  }
  if (fact.kind === 'refund-unmatched') return undefined;
  const credited = fact.amount - had;
  const waiting = parked.find((one) => one.source === source && one.index === index && one.reason !== 'FEE');
  if (waiting === undefined && (assetId !== undefined || credited === 0n)) return { fact, isParked: false };
  if (waiting?.account !== fact.account || waiting.amount !== credited || waiting.vaultAsset !== entry.asset) {
    throw foldError(
      'FACT_GAP',
      `refund ${index} of source ${source} is parked with ${waiting?.amount ?? 'nothing'}; ${credited} came back; another provider is asked next`,
    );
  }
  return { fact, isParked: true };
}

/** Says whether a log names what the entry names. Of an asset that is not listed the ledger's number is 0. */
function isOf(
  fact: RefundFate,
  entry: { readonly asset: number; readonly amount: bigint; readonly account: Bytes32 },
  assetId: number | undefined,
): boolean {
  if (fact.account !== entry.account || fact.amount !== entry.amount) return false;
  return fact.kind === 'refunded' ? fact.assetId === (assetId ?? 0) : fact.vaultAsset === entry.asset;
}
