import type { Bytes32 } from '@surety/domain';
import type { LandOutcome } from './transactions.js';

/** What a witness has told of one journal, and how far its reader has confirmed that. */
export interface WitnessRecord {
  /** The newest count that arrived, 0 for none. */
  readonly recorded: bigint;
  /** The head at that count. */
  readonly head: Bytes32;
  /** The newest count that the replica has confirmed by this witness. */
  readonly confirmed: bigint;
  /** It has shown another head than the journal's, or two for one count: it is not listened to any more. */
  readonly conflicted: boolean;
}

/** The end of a witness beside the journal. Implemented by `@surety/bridges`. */
export interface HeadPublisher {
  readonly name: string;
  /** Whether somebody is known who brings what it tells to its twin. */
  readonly isDelivered: boolean;
  /** What its twin has told by now. @throws RPC_UNAVAILABLE (retryable). */
  readRecord(signal?: AbortSignal): Promise<WitnessRecord>;
  /** What anybody published of its journal past a count, by its chain's logs, in the order of blocks. @throws RPC_UNAVAILABLE (retryable). */
  readPublished(
    past: bigint,
    signal?: AbortSignal,
  ): Promise<readonly { readonly count: bigint; readonly atMs: number }[]>;
  /**
   * What publishing the journal as it is now costs, in wei of its chain: what the bridge takes, and gas by the market of now.
   * @throws RPC_UNAVAILABLE (retryable).
   */
  readCost(signal?: AbortSignal): Promise<{ readonly feeWei: bigint; readonly gasWei: bigint }>;
  /** Publishes the journal as it is now and pays the fee. @throws as `TransactionSender.land`. */
  publish(feeWei: bigint, signal?: AbortSignal): Promise<LandOutcome>;
}

/** The end of a witness beside the replica. Implemented by `@surety/bridges`. */
export interface HeadConfirmer {
  readonly name: string;
  readRecord(signal?: AbortSignal): Promise<WitnessRecord>;
  /** The head that it has told at a count, undefined for none. @throws RPC_UNAVAILABLE (retryable). */
  readHead(count: bigint, signal?: AbortSignal): Promise<Bytes32 | undefined>;
  /** Hands in what its transport holds ready; `undefined` where nothing is. */
  deliver(signal?: AbortSignal): Promise<LandOutcome | undefined>;
  /** Has the replica compare its head at a count with what is recorded. @throws as `TransactionSender.land`. */
  confirm(count: bigint, signal?: AbortSignal): Promise<LandOutcome>;
  /** Gives the head that the replica stored at a count, undefined for none. @throws RPC_UNAVAILABLE (retryable). */
  readMark(count: bigint, signal?: AbortSignal): Promise<Bytes32 | undefined>;
  /** Stores the head at a count, from which the entries lead to the replica's own. @throws as `TransactionSender.land`. */
  mark(
    at: { readonly count: bigint; readonly head: Bytes32; readonly packed: Uint8Array },
    signal?: AbortSignal,
  ): Promise<LandOutcome>;
}

/** An amount that waits for a confirmation, by somebody's word. */
export interface WaitingAmount {
  /** Its number in the journal. */
  readonly count: bigint;
  /** What it is worth in wei of the journal's chain, rounded down; null if nobody knows. */
  readonly worthWei: bigint | null;
}

/** Where a publishing loop learns what waits for a confirmation. A lie costs a publication, or waits for the next look. */
export interface WaitingHints {
  /** What waits, in no order. @throws what is asked throws. */
  readWaiting(signal?: AbortSignal): Promise<readonly WaitingAmount[]>;
}

/** Tells what amounts of a vault's assets are worth in wei of one chain, in their order, rounded down; null where nobody knows. */
export type ReadWorths = (
  amounts: readonly { readonly vaultAsset: number; readonly units: bigint }[],
  signal?: AbortSignal,
) => Promise<readonly (bigint | null)[]>;
