import type { Bytes32 } from '@surety/domain';
import type { AttestedStatement } from './aggregator-api.js';
import type { SignedStatement } from './attester.js';

/** Source of statements that enough members have signed. Untrusted: the destination verifies them. */
export interface AttestedSource {
  /**
   * Statements with k signatures for counts above `after`, ascending by count; own heads and cuts. With `upTo` it may end
   * once counts have passed that.
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

/** All that a relay loop posts, from one place: an aggregator is one, chain logs with signatures from files another. */
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
