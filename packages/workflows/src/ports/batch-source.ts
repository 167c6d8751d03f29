import type { Bytes32 } from '@surety/domain';
import type { AttestedStatement } from './aggregator-api.js';
import type { SignedStatement } from './attester.js';

/** Source of statements that enough members have signed. Untrusted: the destination verifies them. */
export interface AttestedSource {
  /**
   * Statements with k signatures for counts above `after`, ascending by count; own heads and cuts. With `upTo` the list
   * may end once counts exceed it.
   */
  readAttested(
    edge: Bytes32,
    counts: { readonly after: bigint; readonly upTo?: bigint },
    signal?: AbortSignal,
  ): Promise<readonly AttestedStatement[]>;
}

/** Source of packed entries. Untrusted: entries that do not lead to an attested head are refused. */
export interface EntryBytes {
  /** Packed entries `from` < n ≤ `to`, 95 bytes each. */
  readEntries(edge: Bytes32, from: bigint, to: bigint, signal?: AbortSignal): Promise<Uint8Array>;
}

/** Provides everything that a relay loop posts: an aggregator, or chain logs combined with signatures from files. */
export interface BatchSource extends AttestedSource, EntryBytes {}

/** Source of single members' statements: a file, an aggregator, a watcher's log. */
export interface StatementSource {
  /** Statements for counts above `after`, in any order, complete or not. */
  readSigned(
    edge: Bytes32,
    counts: { readonly after: bigint; readonly upTo?: bigint },
    signal?: AbortSignal,
  ): Promise<readonly SignedStatement[]>;
}
