import type {
  Address,
  Bytes32,
  ChainId,
  Halt,
  Hex,
  JournalHead,
  MarginReport,
  PostedEntries,
  StatementDomain,
} from '@surety/domain';

declare const verified: unique symbol;

/** A statement made from a verified frame, the only thing an attester signs. Only `statementsOf` makes one. */
export interface VerifiedStatement {
  readonly [verified]: true;
  readonly originChainId: ChainId;
  readonly statement: JournalHead;
}

/** A key that signs typed messages. The key itself never leaves its implementation, which may be another process. */
export interface TypedDataSigner {
  readonly address: Address;
  /**
   * Signs the hash of a preimage of 66 bytes (0x1901 ‖ domain separator ‖ struct hash): r ‖ s ‖ v, 65 bytes, low-s, v 27 or 28.
   * Takes the preimage because a remote signer hashes it. A local key gives equal bytes for equal preimages; a remote one may
   * not. If it throws, there is no signature.
   */
  sign(preimage: Uint8Array): Promise<Hex>;
}

/**
 * A fact that a signature claims, never to be contradicted. The value of a `tip` is the journal's count at the block,
 * as a number of 32 bytes; a lower one of a later block contradicts it too (`isTipHidden`).
 */
export type HistoryRow =
  | {
      readonly kind: 'tip';
      readonly edge: Bytes32;
      readonly asOf: bigint;
      readonly height: bigint;
      readonly value: Bytes32;
    }
  | { readonly kind: 'head'; readonly edge: Bytes32; readonly count: bigint; readonly value: Bytes32 }
  | { readonly kind: 'block'; readonly chainId: number; readonly height: bigint; readonly value: Bytes32 };

/** Outcome of recording rows: all were stored and synced, or one contradicts a stored one. */
export type RecordOutcome =
  { readonly kind: 'recorded' } | { readonly kind: 'contradicted'; readonly row: HistoryRow; readonly stored: Bytes32 };

/** One store of an attester's signing history. A second store in another failure domain implements the same port. */
export interface SigningHistory {
  /**
   * Stores rows and syncs them to disk before it resolves. A contradiction stores no row; it is itself latched, synced,
   * and from then on every row of the batch's edges is refused as contradicted.
   * @throws HISTORY_UNAVAILABLE (retryable), HISTORY_CORRUPT, HISTORY_OLDER once the key is retired.
   */
  record(rows: readonly HistoryRow[]): Promise<RecordOutcome>;
  /**
   * Permanently refuses every further row, also after restarts: the history proved to be older than its key's signatures.
   * Idempotent.
   * @throws HISTORY_UNAVAILABLE (retryable), HISTORY_CORRUPT.
   */
  retire(reason: string): Promise<void>;
  /** Returns the stored head of (edge, count); undefined if there is none. @throws HISTORY_UNAVAILABLE, HISTORY_CORRUPT. */
  readHead(edge: Bytes32, count: bigint): Promise<Bytes32 | undefined>;
  /** Returns the stored hash of (chain, height); undefined if there is none. @throws HISTORY_UNAVAILABLE, HISTORY_CORRUPT. */
  readBlock(chainId: number, height: bigint): Promise<Bytes32 | undefined>;
  /**
   * Returns the highest recorded count of an edge; undefined if there is none.
   * @throws HISTORY_UNAVAILABLE, HISTORY_CORRUPT.
   */
  readHighestCount(edge: Bytes32): Promise<bigint | undefined>;
}

/** Signs verified statements and never contradicts itself. Implemented by `@surety/attestation`. */
export interface Attester {
  readonly address: Address;
  /**
   * Records what the statements claim, then signs them, in order. The same statement gives the same signature, unless
   * the signer is a remote one that draws at random.
   * @throws CONTRADICTION (never retryable: the attester refuses forever), HISTORY_UNAVAILABLE (retryable),
   * HISTORY_CORRUPT, NOT_VERIFIED, and what the signer throws.
   */
  sign(statements: readonly VerifiedStatement[], domain: StatementDomain): Promise<readonly SignedStatement[]>;
  /** Signs entries that are posted before their head. Authenticates the poster and claims nothing else. */
  signPosted(posted: PostedEntries, domain: StatementDomain): Promise<Hex>;
  /** Signs a halt of an edge. It makes no claim about a journal, so the history has no row of it. */
  signHalt(halt: Halt, domain: StatementDomain): Promise<Hex>;
  /**
   * Signs a margin report that was compared with the chain. It makes no claim about a journal, so the history has no
   * row of it.
   */
  signReport(report: MarginReport, domain: StatementDomain): Promise<Hex>;
  /**
   * Compares a statement found elsewhere with the history: `unknown` or `contradicted` with this attester's own valid
   * signature proves that the history is older than what it signed.
   */
  judge(found: SignedStatement, domain: StatementDomain): Promise<'foreign' | 'known' | 'unknown' | 'contradicted'>;
}

/** A statement with one member's signature. */
export interface SignedStatement {
  readonly statement: JournalHead;
  readonly signer: Address;
  /** 65 bytes r ‖ s ‖ v. */
  readonly signature: Hex;
}

/** A statement found somewhere with anyone's signatures, 65 bytes each. */
export interface FoundStatement {
  readonly statement: JournalHead;
  readonly signatures: Hex;
}

/**
 * A source that may hold statements of this attester: its own log, the destination's chain, an aggregator it posts to, or a
 * peer's.
 */
export interface OwnStatementSource {
  readonly kind: 'log' | 'destination' | 'aggregator' | 'peer';
  /** Safe to print. */
  readonly name: string;
  /**
   * Returns the statements of an edge it holds for counts above `after`; a missing one proves nothing. A source of several
   * parts may answer before all of them have: `onLate` is called for each of the others with what it will show.
   */
  read(
    request: { readonly edge: Bytes32; readonly after: bigint },
    signal: AbortSignal,
    onLate?: (found: Promise<readonly FoundStatement[]>) => void,
  ): Promise<readonly FoundStatement[]>;
}
