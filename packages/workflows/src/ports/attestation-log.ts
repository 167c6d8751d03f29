import type { BlockHeight, Bytes32, JournalPosition } from '@surety/domain';
import type { SignedStatement } from './attester.js';
import type { LocatedEntries } from './origin-chain.js';

/** The name under which a watcher signs a journal, and since when. */
export interface SigningName {
  readonly name: Bytes32;
  /**
   * The newest final frame when the name was first read: only later ones are signed under it. Height and time are 0 for the first
   * name, unless another one was read before.
   */
  readonly height: bigint;
  /** Timestamp of that frame in seconds. */
  readonly timestamp: bigint;
}

/** A watcher's verified position in one journal. */
export interface JournalCursor {
  /** First name of the edge. */
  readonly edge: Bytes32;
  readonly signing: SigningName;
  /** (count, head) under the last verified frame. */
  readonly position: JournalPosition;
  /** Height of the last verified frame, or the frame below the journal's first block. */
  readonly height: BlockHeight;
  /** Timestamp of that frame in seconds. */
  readonly timestamp: bigint;
}

/** The rows of one verified frame, stored in one transaction. */
export interface AttestationStep {
  readonly cursor: JournalCursor;
  /** Count before the first of `entries`; at or below the stored count, so that a repeated step changes nothing. */
  readonly from: bigint;
  readonly entries: LocatedEntries;
  readonly signed: readonly SignedStatement[];
  /** Positions at the cuts that this frame passed. */
  readonly cuts: readonly JournalPosition[];
}

/** A signed statement with its place in the order of signing. */
export interface QueuedStatement extends SignedStatement {
  readonly sequence: number;
}

/** Part of a journal that one aggregator has received. */
export interface DeliveryMark {
  /** Entries delivered so far. */
  readonly entryCount: bigint;
  /** Sequence of the last delivered statement, 0 for none. */
  readonly sequence: number;
}

/**
 * A watcher's own verified entries and signed statements, from which it resumes and delivers. Everything is stored
 * under the edge's first name. Losing the log costs reading the journals again, never safety.
 */
export interface AttestationLog {
  /** Drops everything of one journal and starts at a cursor. @throws LOG_UNAVAILABLE (retryable). */
  begin(cursor: JournalCursor): Promise<void>;
  loadCursor(edge: Bytes32): Promise<JournalCursor | undefined>;
  /** Stores a step atomically; repeating it changes nothing. @throws LOG_UNAVAILABLE (retryable). */
  commit(step: AttestationStep): Promise<void>;
  /** Returns at most `limit` entries after the first `from` ones. */
  loadEntries(edge: Bytes32, from: bigint, limit: number): Promise<LocatedEntries>;
  /** Returns at most `limit` statements signed after a sequence, in order. */
  loadStatements(edge: Bytes32, afterSequence: number, limit: number): Promise<readonly QueuedStatement[]>;
  /** Returns the sequence after which every statement for a count above `count`, and the newest of all, follows. */
  loadSequenceBelow(edge: Bytes32, count: bigint): Promise<number>;
  /** Returns the newest `limit` cuts, ascending. */
  loadCuts(edge: Bytes32, limit: number): Promise<readonly JournalPosition[]>;
  /** Returns the first `limit` cuts above a count, ascending. */
  loadCutsAbove(edge: Bytes32, count: bigint, limit: number): Promise<readonly JournalPosition[]>;
  loadDelivered(edge: Bytes32, aggregator: string): Promise<DeliveryMark>;
  saveDelivered(edge: Bytes32, aggregator: string, mark: DeliveryMark): Promise<void>;
}
