import type { Bytes32, TxHash } from '@surety/domain';
import type { EpochReader } from '../following/epoch-refresh.js';
import type { ProvenReplica } from '../following/find-replica-gap.js';
import type { BatchInput } from '../following/journal-entry-source.js';
import type { BlockName } from '../intake/intake-store.js';
import type { KnownEdge } from '../intake/known-edge.js';
import type { ChainCondition, FinalBlock } from '../ports/origin-chain.js';
import type { PaymentState } from '../ports/vault.js';
import type { VaultFact, VaultTransaction } from './vault-fact.js';

/** The queue from which a payment gets its date, by its amount. @source PROTOCOL section 8 */
export type PaymentLane = 'small' | 'middle' | 'large';

/**
 * Returns the limiter of an amount at a vault that pays at most `limitUnits` of the token per day: the burst is a
 * quarter of that.
 */
export function paymentLane(amount: bigint, limitUnits: bigint): PaymentLane {
  if (amount * 200n <= limitUnits) return 'small';
  return amount * 20n <= limitUnits ? 'middle' : 'large';
}

/** The logs of a vault and of its attester set in a range of final blocks. */
export interface VaultFactRange {
  /** In the order of the chain. */
  readonly transactions: readonly VaultTransaction[];
  /** True if an attester set was added or a member suspended. */
  readonly epochsChanged: boolean;
}

/** A vault at the newest block of one provider. Not final; for display only. */
export interface NewestVault {
  readonly block: BlockName;
  /** Present name of the edge. */
  readonly name: Bytes32;
  readonly count: bigint;
  /** Facts after the given block, in order. */
  readonly facts: readonly VaultFact[];
}

/** A vault's own books of one asset, in units. */
export interface VaultBooks {
  readonly vaultAsset: number;
  readonly owed: bigint;
  readonly paid: bigint;
  /** Backed part of a unit by its last report, WAD; 0 before the first one. */
  readonly coverageWad: bigint;
  /** Block times in seconds of the start of the shortage on record, 0 if there is none, and of the last report. */
  readonly shortSince: bigint;
  readonly reportedAt: bigint;
  /** Largest payout per day. */
  readonly limitUnits: bigint;
}

/** Treatment of a release that a vault would replay at a block. @source VaultTypes.sol, PaymentQuote */
export interface VaultQuote {
  /** The limiter that would date it; null above `largest`, where it would be stopped and refunded. */
  readonly lane: PaymentLane | null;
  /** Block time in seconds from which it could be paid, 0 if it would be stopped. */
  readonly readyAt: bigint;
  /** True if it would exceed the fast limit: unless witnesses confirm its entry, it waits until `opensAt`. */
  readonly waits: boolean;
  /** Block time in seconds from which it could be paid without a confirmation, 0 unless it waits. */
  readonly opensAt: bigint;
  /** The largest payment, in token units. */
  readonly largest: bigint;
}

/** Verdict of a vault on a lock. @source VaultViews.sol, quoteLock */
export interface VaultLockQuote {
  /** Number of the contract's LockRefusal, 0 for none. */
  readonly refusal: number;
  /** Smallest lock, what the vault's cap leaves, and the smallest fee, in token units. */
  readonly minimum: bigint;
  readonly room: bigint;
  readonly feeMinimum: bigint;
}

/** The limiters in the contract's order: the index is the contract's number. @source VaultTypes.sol */
export const QUOTED_LANES: readonly (PaymentLane | null)[] = [null, 'small', 'middle', 'large'];

/** One vault as the fold reads it: events and sums at final blocks, and an unproven view of the newest one. */
export interface VaultReader extends EpochReader {
  readonly chainId: number;
  /** The edge from the ledger's journal to this vault. */
  readonly known: KnownEdge;
  condition(): ChainCondition;
  readFinalTip(signal?: AbortSignal): Promise<FinalBlock>;
  readFinalBlock(height: bigint, signal?: AbortSignal): Promise<FinalBlock>;
  /**
   * Reads the events of vault and attester set in final blocks, both ends included. If `refuse` finds a fault in a
   * provider's facts, that provider counts as lying and the next is asked.
   */
  readFacts(
    range: {
      readonly from: bigint;
      readonly to: bigint;
      readonly refuse: (transactions: readonly VaultTransaction[]) => string | undefined;
    },
    signal?: AbortSignal,
  ): Promise<VaultFactRange>;
  /** Reads the replica by storage proof. */
  readReplica(block: FinalBlock, signal?: AbortSignal): Promise<ProvenReplica>;
  /** Reads debts, payments and daily limits of some assets, by a quorum of providers. */
  readSums(vaultAssets: readonly number[], block: FinalBlock, signal?: AbortSignal): Promise<readonly VaultBooks[]>;
  /** Reads the states of payments, in the order of their indices, by a quorum of providers. */
  readPaymentStates(seqs: readonly bigint[], block: FinalBlock, signal?: AbortSignal): Promise<readonly PaymentState[]>;
  /** Reads how the vault would treat a release, by a quorum of providers. */
  readQuote(
    of: { readonly vaultAsset: number; readonly amount: bigint },
    block: FinalBlock,
    signal?: AbortSignal,
  ): Promise<VaultQuote>;
  /** Reads what the vault would do with a lock, by a quorum of providers. */
  readLockQuote(
    of: { readonly vaultAsset: number; readonly amount: bigint; readonly account: Bytes32 },
    block: FinalBlock,
    signal?: AbortSignal,
  ): Promise<VaultLockQuote>;
  /** Reads the entries in a transaction's call to the vault; undefined if it called another function. */
  readBatchInput(txHash: TxHash, signal?: AbortSignal): Promise<BatchInput | undefined>;
  /** Reads the newest block of one provider: the replica, and the vault's events after a block. */
  readNewest(after: bigint, signal?: AbortSignal): Promise<NewestVault>;
}
