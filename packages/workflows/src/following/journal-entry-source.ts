import type { JournalPosition } from '@surety/domain';
import type { KnownEdge } from '../intake/known-edge.js';
import type { LocatedEntries } from '../ports/origin-chain.js';

/**
 * Entries in a transaction's call to a replica, by one provider's word. They are ignored unless they lead to the
 * batch's head.
 */
export interface BatchInput {
  /** Index of the entry before the first of them. */
  readonly from: bigint;
  readonly packed: Uint8Array;
}

/** The wanted entries of a journal. */
export interface EntriesWanted {
  readonly known: KnownEdge;
  readonly position: JournalPosition;
  /** Count up to which they are needed; more may be returned. */
  readonly to: bigint;
  /** A position at or below it that ended a block, by a poster's word. */
  readonly anchor: { readonly position: JournalPosition; readonly block: bigint } | undefined;
}

/** Reads entries from their origin chain, for a rebuild without watchers' posts. */
export interface JournalEntrySource {
  /**
   * Returns verified entries of the journal that reach past `position` and up to `to`; undefined if there are none.
   * Never rejects because of a chain.
   */
  readEntriesAfter(wanted: EntriesWanted, signal?: AbortSignal): Promise<LocatedEntries | undefined>;
  /** Drops what was cached while the fold caught up. */
  release(): void;
}
