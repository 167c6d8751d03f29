import { type Entry, bytesToUint, hexToBytes } from '@surety/domain';
import { foldError } from './fold-errors.js';
import type { ParkedFact, RefundedFact } from './ledger-fact.js';

/** A REFUND that a batch replayed, and what the logs of its transaction say of it. */
export interface ReplayedRefund {
  readonly source: number;
  /** Sequence number of the REFUND itself. */
  readonly index: bigint;
  readonly entry: Entry;
  /** The ledger's number of the asset, if it is listed. */
  readonly assetId: number | undefined;
  readonly refunds: readonly RefundedFact[];
  readonly parked: readonly ParkedFact[];
}

/** Gives what a REFUND did: its log, and whether what it gave back was parked. @throws FACT_GAP if the logs do not say. */
export function refundOf(replayed: ReplayedRefund): { readonly fact: RefundedFact; readonly isParked: boolean } {
  const { source, index, entry, assetId, refunds, parked } = replayed;
  const seq = bytesToUint(hexToBytes(entry.party, 32));
  const fact = refunds.find((one) => one.source === source && one.seq === seq);
  const isOwn =
    fact !== undefined &&
    fact.account === entry.account &&
    // 0 where the asset is not listed: what came back waits for its listing.
    fact.assetId === (assetId ?? 0) &&
    fact.amount === (entry.amount as bigint);
  if (!isOwn) {
    throw foldError(
      'FACT_GAP',
      `entry ${index} of source ${source} refunds release ${seq} with ${entry.amount}; the logs say ${fact?.amount ?? 'nothing'}; read the missing logs`,
    );
  }
  const waiting = parked.find((one) => one.source === source && one.index === index && one.reason !== 'FEE');
  if (waiting === undefined && assetId !== undefined) return { fact, isParked: false };
  if (waiting?.account !== fact.account || waiting.amount !== fact.amount || waiting.vaultAsset !== entry.asset) {
    throw foldError(
      'FACT_GAP',
      `refund ${index} of source ${source} is parked with ${waiting?.amount ?? 'nothing'}; ${fact.amount} came back; another provider is asked next`,
    );
  }
  return { fact, isParked: true };
}
