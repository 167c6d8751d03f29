import type { Address, Bytes32, TxHash } from '@surety/domain';
import type { EdgeCondition } from '../following/replica-fact.js';
import type { RewindFact } from '../following/replica-rewind.js';
import type { BlockName } from '../intake/intake-store.js';
import type { PaymentState } from '../ports/vault.js';

/** Entries from + 1 … to of the ledger's journal were replayed by a vault. */
export interface VaultAppliedFact {
  readonly kind: 'applied';
  /** Name in the batch's statement. */
  readonly edge: Bytes32;
  readonly from: bigint;
  readonly to: bigint;
  readonly head: Bytes32;
  /** Transaction of the batch, by one provider's word; its input may contain the entries. */
  readonly txHash?: TxHash;
}

/** A release was replayed and waits for its time. */
export interface QueuedFact {
  readonly kind: 'queued';
  /** Index of the release in the ledger's journal. */
  readonly seq: bigint;
  readonly vaultAsset: number;
  readonly account: Bytes32;
  readonly recipient: Address;
  /** Includes the fee. */
  readonly amount: bigint;
  /** Block time in seconds from which anyone may pay it. */
  readonly readyAt: bigint;
}

/** An entry was added to the vault's head and had no other effect. */
export interface RefusedReleaseFact {
  readonly kind: 'refused';
  readonly seq: bigint;
  readonly reason: number;
}

/** A payment was executed. */
export interface PaidFact {
  readonly kind: 'paid';
  readonly seq: bigint;
}

/** A payment's transfer failed, or its recipient cannot be paid; it waits to be claimed. */
export interface ClaimableFact {
  readonly kind: 'claimable';
  readonly seq: bigint;
  readonly reason: number;
}

/** A payment was stopped; its REFUND is journaled at once or later. If stopped at replay, it was never queued. */
export interface StoppedFact {
  readonly kind: 'stopped';
  readonly seq: bigint;
  /** Reason given by the guardian or the contract. */
  readonly reason: Bytes32;
}

/**
 * The ledger reported units on its lines that were never locked, or that are backed after all. The loss waits for its
 * date.
 */
export interface LossQueuedFact {
  readonly kind: 'loss-queued';
  /** Index of the LOST entry. */
  readonly seq: bigint;
  readonly vaultAsset: number;
  /** Units. */
  readonly amount: bigint;
  /** True if they are backed after all, so that the vault will account for fewer units. */
  readonly found: boolean;
  /** Block time in seconds from which anyone may have it taken. */
  readonly readyAt: bigint;
}

/** A loss was taken: the vault accounts for that many more units without tokens, or for fewer. */
export interface LossTakenFact {
  readonly kind: 'loss-taken';
  readonly seq: bigint;
  readonly vaultAsset: number;
  /** At most the entry's. */
  readonly units: bigint;
  readonly found: boolean;
}

/** The vault reported the backed part of an asset's units. */
export interface ShortfallFact {
  readonly kind: 'shortfall';
  readonly vaultAsset: number;
  /** Units without tokens, 0 for none. */
  readonly missing: bigint;
  /** WAD, rounded down. */
  readonly coverageWad: bigint;
}

/** A payment was made at the current coverage: that many token units less than its amount left the vault. */
export interface LossBorneFact {
  readonly kind: 'loss-borne';
  readonly seq: bigint;
  readonly loss: bigint;
}

/** A release was paid by the earlier payment of an identical one that was unwound. */
export interface SettledFact {
  readonly kind: 'settled';
  readonly seq: bigint;
  readonly amount: bigint;
}

/** A payment is void because its entry was unwound: it was open, or stopped without a journaled REFUND, or a loss. */
export interface VoidedFact {
  readonly kind: 'voided';
  readonly seq: bigint;
  /** Amount no longer owed; 0 for a stopped payment or a loss. */
  readonly due: bigint;
}

/** The release of an executed payment was unwound: its amount is accounted again, and missing. */
export interface PaidPastPointFact {
  readonly kind: 'paid-past-point';
  readonly seq: bigint;
  readonly amount: bigint;
}

/** The vault changed its state of the ledger's journal. */
export interface EdgeStateFact extends EdgeCondition {
  readonly kind: 'edge-state';
}

/** One event of a vault about releases, in chain order. */
export type VaultFact =
  | VaultAppliedFact
  | QueuedFact
  | RefusedReleaseFact
  | PaidFact
  | ClaimableFact
  | StoppedFact
  | LossQueuedFact
  | LossTakenFact
  | ShortfallFact
  | LossBorneFact
  | EdgeStateFact
  | SettledFact
  | RewindFact
  | VoidedFact
  | PaidPastPointFact;

/** The facts of one transaction, in order. */
export interface VaultTransaction {
  readonly block: BlockName;
  readonly facts: readonly VaultFact[];
}

/** One replayed release or loss, or an entry that its vault refused. */
export interface PaymentRow {
  /** First name of the edge. */
  readonly edge: Bytes32;
  /**
   * Index of the entry in the ledger's journal. After a rewind below it, the former payment is NONE or VOID, or stays
   * STOPPED, and another entry may get the index.
   */
  readonly seq: bigint;
  /**
   * First 25 bytes of keccak256 as the vault stores them: of the packed entry, or of what the refund of a stopped
   * release names.
   */
  readonly entryHash: Uint8Array;
  readonly account: Bytes32;
  readonly vaultAsset: number;
  /** True for a LOST: a loss or a find to be taken, which moves no tokens; PAID then means that it was taken. */
  readonly isLoss: boolean;
  /** Units, including the fee. */
  readonly amount: bigint;
  /** Token units by which the payment fell short of its amount; 0 before it is paid. */
  readonly borne: bigint;
  /** Seconds. */
  readonly readyAt: bigint;
  /** NONE means an entry that the vault refused, which is not a payment. */
  readonly state: PaymentState;
  /** Number of the reason for being claimable or refused; 0 otherwise. */
  readonly reason: number;
  /** Reason for which it was stopped; null if it was not. */
  readonly stopReason: Bytes32 | null;
  /** Block of the fact that led to its state. */
  readonly block: BlockName;
}

/** A vault's debts, payments and last report of one asset, in units. */
export interface VaultSumsFact {
  readonly edge: Bytes32;
  readonly vaultAsset: number;
  /** Replayed but not paid. */
  readonly owed: bigint;
  readonly paid: bigint;
  /** Backed part of a unit by the last report, WAD; 0 before the first one. */
  readonly coverageWad: bigint;
  /** Block time in seconds of the start of the shortage on record, 0 if there is none. */
  readonly shortSince: bigint;
  /** Block time in seconds of the last report, 0 if there was none. */
  readonly reportedAt: bigint;
}
