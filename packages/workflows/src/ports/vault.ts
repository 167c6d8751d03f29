import type { Hex } from '@surety/domain';
import type { AttestedStatement, OpenPayment, StoppedPayment } from './aggregator-api.js';
import type { BatchOutcome, EntryBatch, ReplicaPosition } from './ledger.js';
import type { LandOutcome } from './transactions.js';

/** States of a replayed release at its vault, in the contract's order. @source VaultTypes.sol */
export const PAYMENT_STATES = ['NONE', 'QUEUED', 'PAID', 'CLAIMABLE', 'STOPPED', 'VOID'] as const;

/** State of a replayed release at its vault; NONE was never replayed. */
export type PaymentState = (typeof PAYMENT_STATES)[number];

/** A payment as its vault keeps it, at one of its chain's newest blocks. */
export interface VaultPayment {
  /** First 25 bytes of keccak256 of the packed entry, or of what the refund of a stopped release names. */
  readonly entryHash: Hex;
  /**
   * Block time in seconds from which anyone may execute it, or since which it is claimable; of a stopped one, from which its refund is
   * journaled whether or not it is confirmed, or again.
   */
  readonly readyAt: bigint;
  readonly state: PaymentState;
  /** It passed the fast limit: unless witnesses confirm its entry it stays until a date of its own. */
  readonly waits: boolean;
  /** It was stopped, and a REFUND of it entered the vault's journal. */
  readonly isRefunded: boolean;
  /** Time in seconds of the block that was read. */
  readonly timestamp: bigint;
}

/** A vault's holding and last report of an asset, at one of its chain's newest blocks. */
export interface VaultHolding {
  /** Units that it accounts for. */
  readonly accounted: bigint;
  /** Token units that it holds, null if the token gives no balance: a report then reverts. */
  readonly held: bigint | null;
  /** Part of a unit that has tokens, WAD, by the last report; 1e18 while no shortage is on record. */
  readonly reportedWad: bigint;
  /** Block time in seconds since which a shortage is on record, 0 if none is. */
  readonly shortSince: bigint;
  /** An exit ended the asset: nothing of it is reported any more. */
  readonly hasEnded: boolean;
}

/** A vault as a relayer uses it. Implemented by `@surety/transactions`. */
export interface Vault {
  /** Reads its replica of the ledger's journal at the newest block. @throws RPC_UNAVAILABLE (retryable), NO_VAULT. */
  readReplica(signal?: AbortSignal): Promise<ReplicaPosition>;
  /** Replays releases: each becomes a payment with a date. @throws as `TransactionSender.land`. */
  applyReleases(batch: EntryBatch, signal?: AbortSignal): Promise<BatchOutcome>;
  /** Posts a newer statement of the replica's own position. @throws as `TransactionSender.land`. */
  refresh(attested: AttestedStatement, signal?: AbortSignal): Promise<LandOutcome>;
  /** Reads a payment by its number in the ledger's journal. @throws RPC_UNAVAILABLE (retryable). */
  readPayment(seq: bigint, signal?: AbortSignal): Promise<VaultPayment>;
  /** Reads up to which count of the ledger's journal enough witnesses have confirmed. @throws as `readPayment`. */
  readConfirmed(signal?: AbortSignal): Promise<bigint>;
  /** Executes a payment; its fee goes to the address the vault was built with. @throws as `TransactionSender.land`. */
  pay(payment: { readonly seq: bigint; readonly packed: Uint8Array }, signal?: AbortSignal): Promise<LandOutcome>;
  /**
   * Takes over a loss that the ledger reported: the vault accounts for its units too, and reports the resulting coverage.
   * @throws as `TransactionSender.land`.
   */
  takeLoss(loss: { readonly seq: bigint; readonly packed: Uint8Array }, signal?: AbortSignal): Promise<LandOutcome>;
  /** Gives back a payment that was claimable for 30 days: its refund is journaled. @throws as `TransactionSender.land`. */
  giveBack(payment: { readonly seq: bigint; readonly packed: Uint8Array }, signal?: AbortSignal): Promise<LandOutcome>;
  /** Has the refund of a stopped payment journaled, or journaled again. @throws as `TransactionSender.land`. */
  refund(payment: { readonly seq: bigint; readonly packed: Uint8Array }, signal?: AbortSignal): Promise<LandOutcome>;
  /** Reads what the vault holds of an asset. @throws RPC_UNAVAILABLE (retryable), NO_VAULT. */
  readHolding(asset: number, signal?: AbortSignal): Promise<VaultHolding>;
  /** Records which part of an asset's units the vault holds tokens for. @throws as `TransactionSender.land`. */
  report(asset: number, signal?: AbortSignal): Promise<LandOutcome>;
  /** Records that an asset's token has other code than the pinned one, or that again. @throws as `TransactionSender.land`. */
  noteCode(asset: number, signal?: AbortSignal): Promise<LandOutcome>;
  /** Returns the current cost of executing one payment, in wei. @throws RPC_UNAVAILABLE (retryable). */
  readPayCostWei(signal?: AbortSignal): Promise<bigint>;
  /** Stops preferring the provider that is read first: its answers led nowhere. */
  distrustProvider(): void;
}

/** Source of releases that wait for payment: an aggregator, or the vault's own logs. Its answers are verified. */
export interface PaymentHints {
  /** Payments past `afterSeq`, ascending by number: a page of 256, or the rest. */
  readPayments(edge: ReplicaPosition['edge'], afterSeq: bigint, signal?: AbortSignal): Promise<readonly OpenPayment[]>;
}

/** Source of stopped payments. Its answers are verified. */
export interface ReturnHints {
  /** Stopped payments past `afterSeq`, ascending by number: a page of 64, or the rest. */
  readStopped(
    edge: ReplicaPosition['edge'],
    afterSeq: bigint,
    signal?: AbortSignal,
  ): Promise<readonly StoppedPayment[]>;
}
