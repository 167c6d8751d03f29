import type { JournalPosition } from '@surety/domain';
import type { KnownEdge } from '../intake/known-edge.js';
import type { LocatedEntries } from '../ports/origin-chain.js';

/**
 * Entries in a transaction's call to a replica, by one provider's word. They must lead to the batch's head, or they are ignored.
 */
export interface BatchInput {
  /** Number of the entry before the first of them. */
  readonly from: bigint;
  readonly packed: Uint8Array;
}

/** The wanted entries of a journal. */
export interface EntriesWanted {
  readonly known: KnownEdge;
  readonly position: JournalPosition;
  /** Count up to which they are wanted now; entries past it may come too. */
  readonly to: bigint;
  /** A position at or below it at which the journal stood at the end of a block, by the word of a poster. */
  readonly anchor: { readonly position: JournalPosition; readonly block: bigint } | undefined;
}

/** Reads entries from their origin chain, for a rebuild to which no watcher posts them. */
export interface JournalEntrySource {
  /**
   * Gives entries of the journal, verified to belong to it, that reach past `position` and up to `to`, or none. Never
   * rejects for a chain's fault.
   */
  readEntriesAfter(wanted: EntriesWanted, signal?: AbortSignal): Promise<LocatedEntries | undefined>;
  /** Forgets what it kept while the fold caught up. */
  release(): void;
}
