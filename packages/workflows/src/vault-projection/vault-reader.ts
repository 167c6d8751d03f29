import type { Bytes32, TxHash } from '@surety/domain';
import type { ProvenReplica } from '../following/find-replica-gap.js';
import type { BatchInput } from '../following/journal-entry-source.js';
import type { BlockName } from '../intake/intake-store.js';
import type { KnownEdge } from '../intake/known-edge.js';
import type { AttesterEpoch } from '../ports/epochs.js';
import type { ChainCondition, FinalBlock } from '../ports/origin-chain.js';
import type { PaymentState } from '../ports/vault.js';
import type { VaultFact, VaultTransaction } from './vault-fact.js';

/** The limiter that dates a payment, by its amount. @source PROTOCOL section 8 */
export type PaymentLane = 'small' | 'middle' | 'large';

/** Returns the lane of an amount at a vault that pays at most `limitUnits` of the token a day: the burst is a quarter of that. */
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
  /** Name that statements carry, and count of the replica. */
  readonly name: Bytes32;
  readonly count: bigint;
  /** Facts past the block that was asked from, in order. */
  readonly facts: readonly VaultFact[];
}

/** A vault's own books of one asset, in units. */
export interface VaultBooks {
  readonly vaultAsset: number;
  readonly owed: bigint;
  readonly paid: bigint;
  /** Part of a unit that has tokens by its last report, WAD; 0 before the first one. */
  readonly coverageWad: bigint;
  /** Block time in seconds since which a shortage is on record, 0 if none is, and of the last report. */
  readonly shortSince: bigint;
  readonly reportedAt: bigint;
  /** Most that it pays a day. */
  readonly limitUnits: bigint;
}

/** A vault's treatment of a release, had it been replayed at a block. @source VaultTypes.sol, PaymentQuote */
export interface VaultQuote {
  /** The limiter that would date it; null above `largest`: it would be stopped and refunded. */
  readonly lane: PaymentLane | null;
  /** Block time in seconds from which it could be paid, 0 if it would be stopped. */
  readonly readyAt: bigint;
  /** It would pass the fast limit: unless witnesses confirm its entry it stays until `opensAt`. */
  readonly waits: boolean;
  /** Block time in seconds at which it would open without a confirmation, 0 unless it waits. */
  readonly opensAt: bigint;
  /** The largest payment, in token units. */
  readonly largest: bigint;
}

/** The lanes in the contract's order, so that its number is the place in this list. @source VaultTypes.sol */
export const QUOTED_LANES: readonly (PaymentLane | null)[] = [null, 'small', 'middle', 'large'];

/** One vault as the fold reads it: events and sums at final blocks, and a glance at the newest one. */
export interface VaultReader {
  readonly chainId: number;
  /** The edge from the ledger's journal to this vault. */
  readonly known: KnownEdge;
  condition(): ChainCondition;
  readFinalTip(signal?: AbortSignal): Promise<FinalBlock>;
  readFinalBlock(height: bigint, signal?: AbortSignal): Promise<FinalBlock>;
  /**
   * Reads what vault and attester set said in final blocks, both ends included. A provider whose facts `refuse` finds a fault
   * in counts as lying, and another one is asked.
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
  /** Reads what the vault owes and has paid of some assets, and pays of them a day at most, as a quorum of providers answers. */
  readSums(vaultAssets: readonly number[], block: FinalBlock, signal?: AbortSignal): Promise<readonly VaultBooks[]>;
  /** Reads where payments stand, in the order of their numbers, as a quorum of providers answers. */
  readPaymentStates(seqs: readonly bigint[], block: FinalBlock, signal?: AbortSignal): Promise<readonly PaymentState[]>;
  /** Asks the vault what would become of a release, as a quorum of providers answers. */
  readQuote(
    of: { readonly vaultAsset: number; readonly amount: bigint },
    block: FinalBlock,
    signal?: AbortSignal,
  ): Promise<VaultQuote>;
  /** Reads all attester sets written so far, as a quorum of providers answers. */
  readEpochs(block: FinalBlock, signal?: AbortSignal): Promise<readonly AttesterEpoch[]>;
  /** Reads the entries in a transaction's call to the vault; none if it called something else. */
  readBatchInput(txHash: TxHash, signal?: AbortSignal): Promise<BatchInput | undefined>;
  /** Looks at the newest block: the replica, and what the vault said past a block. */
  readNewest(after: bigint, signal?: AbortSignal): Promise<NewestVault>;
}
