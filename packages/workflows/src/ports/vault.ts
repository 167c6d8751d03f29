import type { Entry, Hex } from '@surety/domain';
import type { AttestedStatement, OpenPayment, StoppedPayment } from './aggregator-api.js';
import type { BatchOutcome, EntryBatch, ReplicaPosition } from './ledger.js';
import type { LandOutcome } from './transactions.js';

/** States of a replayed release at its vault, in the contract's order. @source VaultTypes.sol */
export const PAYMENT_STATES = ['NONE', 'QUEUED', 'PAID', 'CLAIMABLE', 'STOPPED', 'VOID'] as const;

/** State of a release at its vault; NONE if it was never replayed. */
export type PaymentState = (typeof PAYMENT_STATES)[number];

/** A payment as its vault stores it, at one of its chain's newest blocks. */
export interface VaultPayment {
  /** First 25 bytes of keccak256 of the packed entry; for a stopped release, of what its refund names. */
  readonly entryHash: Hex;
  /**
   * Block time in seconds from which anyone may execute it, or since which it is claimable. For a stopped payment: from
   * which its refund may be journaled without a confirmation, or again.
   */
  readonly readyAt: bigint;
  readonly state: PaymentState;
  /** True if it exceeds the fast limit: unless witnesses confirm its entry, it waits until a date of its own. */
  readonly waits: boolean;
  /** True if it was stopped and a REFUND of it is in the vault's journal. */
  readonly isRefunded: boolean;
  /** Time in seconds of the block that was read. */
  readonly timestamp: bigint;
}

/** A vault's holdings and last report of an asset, at one of its chain's newest blocks. */
export interface VaultHolding {
  /** Units in the vault's accounts. */
  readonly accounted: bigint;
  /** Token units that it holds; null if the token returns no balance, in which case a report reverts. */
  readonly held: bigint | null;
  /** Backed part of a unit by the last report, WAD; 1e18 while no shortage is on record. */
  readonly reportedWad: bigint;
  /** Block time in seconds of the start of the shortage on record, 0 if there is none. */
  readonly shortSince: bigint;
  /** True if an exit has ended the asset, so that nothing of it is reported any more. */
  readonly hasEnded: boolean;
}

/** A vault's interface for relayers. Implemented by `@surety/transactions`. */
export interface Vault {
  /** Reads its replica of the ledger's journal at the newest block. @throws RPC_UNAVAILABLE (retryable), NO_VAULT. */
  readReplica(signal?: AbortSignal): Promise<ReplicaPosition>;
  /** Replays releases: each becomes a payment with a date. @throws as `TransactionSender.land`. */
  applyReleases(batch: EntryBatch, signal?: AbortSignal): Promise<BatchOutcome>;
  /** Posts a newer statement of the replica's own position. @throws as `TransactionSender.land`. */
  refresh(attested: AttestedStatement, signal?: AbortSignal): Promise<LandOutcome>;
  /** Reads a payment by its index in the ledger's journal. @throws RPC_UNAVAILABLE (retryable). */
  readPayment(seq: bigint, signal?: AbortSignal): Promise<VaultPayment>;
  /** Reads the count of the ledger's journal up to which enough witnesses have confirmed. @throws as `readPayment`. */
  readConfirmed(signal?: AbortSignal): Promise<bigint>;
  /** Executes a payment; its fee goes to the configured address. @throws as `TransactionSender.land`. */
  pay(payment: { readonly seq: bigint; readonly packed: Uint8Array }, signal?: AbortSignal): Promise<LandOutcome>;
  /**
   * Tries a release's transfer to its recipient, as `pay` would make it, and returns whether it succeeds. One that fails
   * gives no fee, and can give none later.
   * @throws as `readPayment`.
   */
  tryTransfer(release: Entry, signal?: AbortSignal): Promise<boolean>;
  /**
   * Takes a loss that the ledger reported: the vault adds its units to its accounts and reports the resulting coverage.
   * @throws as `TransactionSender.land`.
   */
  takeLoss(loss: { readonly seq: bigint; readonly packed: Uint8Array }, signal?: AbortSignal): Promise<LandOutcome>;
  /** Gives back a payment that was claimable for 30 days, by journaling its refund. @throws as `TransactionSender.land`. */
  giveBack(payment: { readonly seq: bigint; readonly packed: Uint8Array }, signal?: AbortSignal): Promise<LandOutcome>;
  /** Journals the refund of a stopped payment, possibly again. @throws as `TransactionSender.land`. */
  refund(payment: { readonly seq: bigint; readonly packed: Uint8Array }, signal?: AbortSignal): Promise<LandOutcome>;
  /** Reads what the vault holds of an asset. @throws RPC_UNAVAILABLE (retryable), NO_VAULT. */
  readHolding(asset: number, signal?: AbortSignal): Promise<VaultHolding>;
  /** Records the backed part of an asset's units. @throws as `TransactionSender.land`. */
  report(asset: number, signal?: AbortSignal): Promise<LandOutcome>;
  /**
   * Records that the code of an asset's token changed, or changed back to the pinned one.
   * @throws as `TransactionSender.land`.
   */
  noteCode(asset: number, signal?: AbortSignal): Promise<LandOutcome>;
  /** Returns the current cost of executing one payment, in wei. @throws RPC_UNAVAILABLE (retryable). */
  readPayCostWei(signal?: AbortSignal): Promise<bigint>;
  /** Stops preferring the current provider, whose responses led nowhere. */
  distrustProvider(): void;
}

/** Lists releases that wait for payment: an aggregator, or the vault's own logs. Its responses are verified. */
export interface PaymentHints {
  /** Payments above `afterSeq`, ascending: a page of 256, or the rest. */
  readPayments(edge: ReplicaPosition['edge'], afterSeq: bigint, signal?: AbortSignal): Promise<readonly OpenPayment[]>;
}

/** Lists stopped payments. Its responses are verified. */
export interface ReturnHints {
  /** Stopped payments above `afterSeq`, ascending: a page of 64, or the rest. */
  readStopped(
    edge: ReplicaPosition['edge'],
    afterSeq: bigint,
    signal?: AbortSignal,
  ): Promise<readonly StoppedPayment[]>;
}
