import type { Address, Bytes32, TxHash } from '@surety/domain';
import type { EdgeCondition } from '../following/replica-fact.js';
import type { RewindFact } from '../following/replica-rewind.js';
import type { BlockName } from '../intake/intake-store.js';
import type { PaymentState } from '../ports/vault.js';

/** Entries from + 1 … to of the ledger's journal were replayed by a vault. */
export interface VaultAppliedFact {
  readonly kind: 'applied';
  /** Name that the batch's statement carried. */
  readonly edge: Bytes32;
  readonly from: bigint;
  readonly to: bigint;
  readonly head: Bytes32;
  /** Transaction that brought it, by one provider's word: its input may hold the entries. */
  readonly txHash?: TxHash;
}

/** A release was replayed and waits for its time. */
export interface QueuedFact {
  readonly kind: 'queued';
  /** Number of the release in the ledger's journal. */
  readonly seq: bigint;
  readonly vaultAsset: number;
  readonly account: Bytes32;
  readonly recipient: Address;
  /** With the fee. */
  readonly amount: bigint;
  /** Block time in seconds from which anyone may pay it. */
  readonly readyAt: bigint;
}

/** An entry entered the vault's head and had no other effect. */
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

/** A payment's transfer failed, or its recipient cannot be paid; it waits for its recipient. */
export interface ClaimableFact {
  readonly kind: 'claimable';
  readonly seq: bigint;
  readonly reason: number;
}

/** A payment was stopped; its REFUND enters the vault's journal at once or later. Alone at replay, the entry was never queued. */
export interface StoppedFact {
  readonly kind: 'stopped';
  readonly seq: bigint;
  /** Reason of the guardian, or of the contract. */
  readonly reason: Bytes32;
}

/** The ledger reported units on its lines that were never locked, or that are backed after all. Waits for its time. */
export interface LossQueuedFact {
  readonly kind: 'loss-queued';
  /** Number of the LOST entry. */
  readonly seq: bigint;
  readonly vaultAsset: number;
  /** Units. */
  readonly amount: bigint;
  /** True if they are backed after all: the vault would account for fewer. */
  readonly found: boolean;
  /** Block time in seconds from which anyone may have it taken over. */
  readonly readyAt: bigint;
}

/** A loss was taken over: the vault accounts for as many more units, which have no tokens, or for fewer. */
export interface LossTakenFact {
  readonly kind: 'loss-taken';
  readonly seq: bigint;
  readonly vaultAsset: number;
  /** At most the entry's. */
  readonly units: bigint;
  readonly found: boolean;
}

/** The vault reported which part of an asset's units it has tokens for. */
export interface ShortfallFact {
  readonly kind: 'shortfall';
  readonly vaultAsset: number;
  /** Units without tokens, 0 for none. */
  readonly missing: bigint;
  /** WAD, rounded down. */
  readonly coverageWad: bigint;
}

/** A payment was made at the coverage of the moment: that many token units less than its amount left the vault. */
export interface LossBorneFact {
  readonly kind: 'loss-borne';
  readonly seq: bigint;
  readonly loss: bigint;
}

/** A release is paid by a payment that was made for one of the same bytes, which was unwound. */
export interface SettledFact {
  readonly kind: 'settled';
  readonly seq: bigint;
  readonly amount: bigint;
}

/** An open payment is void, or a stopped one of which no REFUND is journaled, or a loss: its entry was unwound. */
export interface VoidedFact {
  readonly kind: 'voided';
  readonly seq: bigint;
  /** No longer owed; 0 of what was stopped and of a loss. */
  readonly due: bigint;
}

/** A payment had been made for a release that was unwound: its amount is accounted again, and missing. */
export interface PaidPastPointFact {
  readonly kind: 'paid-past-point';
  readonly seq: bigint;
  readonly amount: bigint;
}

/** The vault changed what it takes the ledger's journal for. */
export interface EdgeStateFact extends EdgeCondition {
  readonly kind: 'edge-state';
}

/** One thing that a vault's events say of releases, in the order of the chain. */
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
   * Number of the entry in the ledger's journal. After a rewind below it, its former holder is NONE or VOID, or stays STOPPED,
   * and another entry may take the number.
   */
  readonly seq: bigint;
  /** First 25 bytes of keccak256 as the vault keeps them: of the packed entry, or of what the refund of a stopped release names. */
  readonly entryHash: Uint8Array;
  readonly account: Bytes32;
  readonly vaultAsset: number;
  /** True for a LOST: a loss, or a find, to be taken over, of which no token is paid; PAID then says that it was. */
  readonly isLoss: boolean;
  /** Units, with the fee. */
  readonly amount: bigint;
  /** Token units that it was paid less than its amount, 0 before it is paid. */
  readonly borne: bigint;
  /** Seconds. */
  readonly readyAt: bigint;
  /** NONE is an entry that the vault refused: it is not a payment. */
  readonly state: PaymentState;
  /** Number of the reason why it is claimable or was refused, 0 if it is neither. */
  readonly reason: number;
  /** Why it was stopped, null if it was not. */
  readonly stopReason: Bytes32 | null;
  /** Block of the fact that put it into its state. */
  readonly block: BlockName;
}

/** A vault's debts, payments and last report of one asset, in units. */
export interface VaultSumsFact {
  readonly edge: Bytes32;
  readonly vaultAsset: number;
  /** Replayed and not paid. */
  readonly owed: bigint;
  readonly paid: bigint;
  /** Part of a unit that has tokens by the last report, WAD; 0 before the first one. */
  readonly coverageWad: bigint;
  /** Block time in seconds since which a shortage is on record, 0 if none is. */
  readonly shortSince: bigint;
  /** Block time in seconds of the last report, 0 if there was none. */
  readonly reportedAt: bigint;
}
