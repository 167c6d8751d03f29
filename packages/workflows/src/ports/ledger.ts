import type { BlockHeight, Bytes32 } from '@surety/domain';
import { SOURCE_STATES, type SourceState } from '@surety/margin';
import type { AttestedStatement } from './aggregator-api.js';
import type { LandOutcome } from './transactions.js';

/** What a source's replica is worth now; NONE is a source that was never listed. */
export type ReplicaState = 'NONE' | SourceState;

/** The states in the ledger's order, so that its number is the place in this list. @source ReplicaLib.sol */
export const REPLICA_STATES: readonly ReplicaState[] = ['NONE', ...(Object.keys(SOURCE_STATES) as SourceState[])];

/** How far the ledger has applied one source's journal, at one of its newest blocks. */
export interface ReplicaPosition {
  readonly source: number;
  readonly edge: Bytes32;
  readonly count: bigint;
  readonly head: Bytes32;
  /** Origin block time in seconds of the newest accepted statement for this very count. */
  readonly asOf: bigint;
  readonly state: ReplicaState;
  /** Age in seconds from which the source counts less. */
  readonly staleAfterS: bigint;
  /** The settlement block that was read, and its time in seconds. */
  readonly height: BlockHeight;
  readonly timestamp: bigint;
}

/** Entries with the statement that reaches past them: what one `applyEntries` takes. */
export interface LedgerBatch {
  readonly source: number;
  /** Count before the first of the entries. */
  readonly from: bigint;
  /** 95 bytes each, `from` < n ≤ the statement's count. */
  readonly packed: Uint8Array;
  readonly attested: AttestedStatement;
}

/** The ledger as a relayer uses it. Implemented by `@surety/transactions`. */
export interface Ledger {
  /** Reads a replica at the newest block. @throws RPC_UNAVAILABLE (retryable). */
  readReplica(source: number, signal?: AbortSignal): Promise<ReplicaPosition>;
  /** Applies a batch; fees of the entries go to the account the ledger was built with. @throws as `TransactionSender.land`. */
  apply(batch: LedgerBatch, signal?: AbortSignal): Promise<LandOutcome>;
  /** Hands the replica of a source a newer statement of its own position. @throws as `TransactionSender.land`. */
  refresh(source: number, attested: AttestedStatement, signal?: AbortSignal): Promise<LandOutcome>;
  /** Makes the risk manager take what the feeds of these price slots hold now. @throws as `TransactionSender.land`. */
  poke(slots: readonly number[], signal?: AbortSignal): Promise<LandOutcome>;
  /** Stops preferring the provider that is read first: its answers led nowhere. */
  distrustProvider(): void;
}
