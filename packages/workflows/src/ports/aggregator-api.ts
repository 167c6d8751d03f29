import type { Address, Bytes32, EdgeDirection, Hex } from '@surety/domain';
import type { SignedStatement } from './attester.js';
import type { LocatedEntries } from './origin-chain.js';

/** The outcome of one posted statement or batch of entries. A refusal has a code; nothing of it was stored. */
export type PostOutcome =
  | { readonly kind: 'stored'; readonly fresh: boolean }
  | { readonly kind: 'refused'; readonly code: string; readonly detail: string };

/** An edge as the aggregator sees it. */
export interface EdgeSummary {
  readonly edge: Bytes32;
  readonly direction: EdgeDirection;
  /** The ledger's index of the vault at one end; the same for both edges of a vault. */
  readonly source: number;
  readonly originChainId: number;
  readonly destinationChainId: number;
  /** Highest count with k signatures of one epoch. */
  readonly attestedCount: bigint;
  /** Count to which relayers can bring the replica with its statements: no step is longer than one cut. */
  readonly reachableCount: bigint;
  /** The replica's count at the newest block the aggregator saw. */
  readonly appliedCount: bigint;
  /** Entries the aggregator holds, attested or not. */
  readonly entryCount: bigint;
  /** The highest count and newest block time that each member signed, if the source knows. */
  readonly attesters?: readonly { readonly address: Address; readonly count: bigint; readonly asOf: bigint }[];
}

/** A statement with signatures of at least k members, ready for the chain: sorted by address, 65 bytes each. */
export interface AttestedStatement {
  readonly statement: SignedStatement['statement'];
  readonly signers: readonly Address[];
  readonly signatures: Hex;
}

/** A release that a vault has recorded and not paid yet, as its source reports it; callers verify it at the vault. */
export interface OpenPayment {
  /** Index of the release in the ledger's journal. */
  readonly seq: bigint;
  /** The journal's entry: 95 bytes. */
  readonly packed: Uint8Array;
  /** Block time in seconds from which anyone may pay it. */
  readonly readyAt: bigint;
  /** Its reported state, if known. `claimable` ones wait for their recipient. */
  readonly state?: 'recorded' | 'payable' | 'paying' | 'claimable';
}

/** A release whose payment its vault stopped, as its source reports it; callers verify it at vault and ledger. */
export interface StoppedPayment {
  /** Index of the release in the ledger's journal. */
  readonly seq: bigint;
  /** The journal's entry: 95 bytes. */
  readonly packed: Uint8Array;
  /** True if the ledger has given the amount back. */
  readonly isRefunded: boolean;
}

/** The aggregator's HTTP interface as watchers and relayers use it. Implemented by `@surety/client`. */
export interface AggregatorApi {
  postStatements(statements: readonly SignedStatement[], signal?: AbortSignal): Promise<readonly PostOutcome[]>;
  /** Posts entries that follow the first `from` ones, final or merely seen. */
  postEntries(
    request: {
      edge: Bytes32;
      from: bigint;
      entries: LocatedEntries;
      stage: 'seen' | 'final';
      poster: Address;
      signature: Hex;
    },
    signal?: AbortSignal,
  ): Promise<PostOutcome>;
  readEdges(signal?: AbortSignal): Promise<readonly EdgeSummary[]>;
  /**
   * Statements with k signatures for counts above `after`, ascending by count; own heads and cuts. With `upTo` the list
   * may end once counts exceed it, which suffices for the next batch.
   */
  readAttested(
    edge: Bytes32,
    counts: { readonly after: bigint; readonly upTo?: bigint },
    signal?: AbortSignal,
  ): Promise<readonly AttestedStatement[]>;
  /** Packed entries `from` < n ≤ `to` (exclusive lower bound). */
  readEntries(edge: Bytes32, from: bigint, to: bigint, signal?: AbortSignal): Promise<Uint8Array>;
  /** Releases that a vault has recorded and not finally paid, ascending above `afterSeq`: a page of 256, or the rest. */
  readPayments(edge: Bytes32, afterSeq: bigint, signal?: AbortSignal): Promise<readonly OpenPayment[]>;
  /** Releases whose payments the vault stopped in final blocks, ascending above `afterSeq`: a page of 64, or the rest. */
  readStopped(edge: Bytes32, afterSeq: bigint, signal?: AbortSignal): Promise<readonly StoppedPayment[]>;
}
