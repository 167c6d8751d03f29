import type { Bytes32 } from '@surety/domain';
import type { LandOutcome } from './transactions.js';

/** A witness's record of one journal, and how much of it the replica has confirmed. */
export interface WitnessRecord {
  /** The newest count that arrived, 0 for none. */
  readonly recorded: bigint;
  /** The head at that count. */
  readonly head: Bytes32;
  /** The newest count that the replica has confirmed by this witness. */
  readonly confirmed: bigint;
  /** True if it showed another head than the journal's, or two for one count: it no longer counts. */
  readonly conflicted: boolean;
}

/** The publishing end of a witness, at the journal. Implemented by `@surety/bridges`. */
export interface HeadPublisher {
  readonly name: string;
  /** True if a known process delivers its messages to its twin. */
  readonly isDelivered: boolean;
  /** Reads the record at the other end. @throws RPC_UNAVAILABLE (retryable). */
  readRecord(signal?: AbortSignal): Promise<WitnessRecord>;
  /**
   * Lists publications of its journal above a count, by any sender, from its chain's logs in block order.
   * @throws RPC_UNAVAILABLE (retryable).
   */
  readPublished(
    past: bigint,
    signal?: AbortSignal,
  ): Promise<readonly { readonly count: bigint; readonly atMs: number }[]>;
  /**
   * Returns the current cost of publishing the journal, in wei of its chain: bridge fee and gas.
   * @throws RPC_UNAVAILABLE (retryable).
   */
  readCost(signal?: AbortSignal): Promise<{ readonly feeWei: bigint; readonly gasWei: bigint }>;
  /** Publishes the journal's current head and pays the fee. @throws as `TransactionSender.land`. */
  publish(feeWei: bigint, signal?: AbortSignal): Promise<LandOutcome>;
}

/** The confirming end of a witness, at the replica. Implemented by `@surety/bridges`. */
export interface HeadConfirmer {
  readonly name: string;
  readRecord(signal?: AbortSignal): Promise<WitnessRecord>;
  /** Returns the witness's head at a count; undefined for none. @throws RPC_UNAVAILABLE (retryable). */
  readHead(count: bigint, signal?: AbortSignal): Promise<Bytes32 | undefined>;
  /** Delivers a message that its transport has ready; returns undefined if there is none. */
  deliver(signal?: AbortSignal): Promise<LandOutcome | undefined>;
  /** Makes the replica compare its head at a count with the record. @throws as `TransactionSender.land`. */
  confirm(count: bigint, signal?: AbortSignal): Promise<LandOutcome>;
  /** Returns the head that the replica stored at a count; undefined for none. @throws RPC_UNAVAILABLE (retryable). */
  readMark(count: bigint, signal?: AbortSignal): Promise<Bytes32 | undefined>;
  /**
   * Stores the head at a count as a mark; the entries prove that it leads to the replica's head.
   * @throws as `TransactionSender.land`.
   */
  mark(
    at: { readonly count: bigint; readonly head: Bytes32; readonly packed: Uint8Array },
    signal?: AbortSignal,
  ): Promise<LandOutcome>;
}

/** An amount that waits for a confirmation, by one source's word. */
export interface WaitingAmount {
  /** Its index in the journal. */
  readonly count: bigint;
  /** Worth in wei of the journal's chain, rounded down; null if unknown. */
  readonly worthWei: bigint | null;
}

/** Lists amounts that wait for a confirmation. A lie costs one publication, or a delay until the next poll. */
export interface WaitingHints {
  /** Lists waiting amounts, in any order. @throws its sources' errors. */
  readWaiting(signal?: AbortSignal): Promise<readonly WaitingAmount[]>;
}

/** Returns the worth of amounts of a vault's assets in wei of one chain, in order, rounded down; null where unknown. */
export type ReadWorths = (
  amounts: readonly { readonly vaultAsset: number; readonly units: bigint }[],
  signal?: AbortSignal,
) => Promise<readonly (bigint | null)[]>;
