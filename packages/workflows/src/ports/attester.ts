import type { Address, Bytes32, Hex, JournalHead, PostedEntries, StatementDomain } from '@surety/domain';
import type { VerifiedStatement } from '../attest/verified-statement.js';

/** A key that signs digests; the key itself never leaves its implementation. */
export interface DigestSigner {
  readonly address: Address;
  /** Gives r ‖ s ‖ v, 65 bytes, low-s, v 27 or 28; equal digests give equal bytes. */
  signDigest(digest: Bytes32): Promise<Hex>;
}

/** A fact that a signature would claim: never to be contradicted. */
export type HistoryRow =
  | { readonly kind: 'head'; readonly edge: Bytes32; readonly count: bigint; readonly value: Bytes32 }
  | { readonly kind: 'block'; readonly chainId: number; readonly height: bigint; readonly value: Bytes32 };

/** Outcome of recording rows: all stored and synced, or one that contradicts what is stored. */
export type RecordOutcome =
  { readonly kind: 'recorded' } | { readonly kind: 'contradicted'; readonly row: HistoryRow; readonly stored: Bytes32 };

/** One store of an attester's signing history. A second store in another failure domain implements the same port. */
export interface SigningHistory {
  /**
   * Stores rows and syncs them to disk before it resolves. A contradiction stores no row; it is itself latched, synced,
   * and from then on every row of that edge or chain is refused as contradicted.
   * @throws HISTORY_UNAVAILABLE (retryable), HISTORY_CORRUPT, HISTORY_OLDER once the key is retired.
   */
  record(rows: readonly HistoryRow[]): Promise<RecordOutcome>;
  /**
   * Refuses every further row for ever, over restarts too: the history was found to be older than what its key signed.
   * Repeating it changes nothing. @throws HISTORY_UNAVAILABLE (retryable), HISTORY_CORRUPT.
   */
  retire(reason: string): Promise<void>;
  /** Gives the stored head of (edge, count), if any. @throws HISTORY_UNAVAILABLE, HISTORY_CORRUPT. */
  readHead(edge: Bytes32, count: bigint): Promise<Bytes32 | undefined>;
  /** Gives the stored hash of (chain, height), if any. @throws HISTORY_UNAVAILABLE, HISTORY_CORRUPT. */
  readBlock(chainId: number, height: bigint): Promise<Bytes32 | undefined>;
  /** Gives the highest count recorded for an edge, if any. @throws HISTORY_UNAVAILABLE, HISTORY_CORRUPT. */
  readHighestCount(edge: Bytes32): Promise<bigint | undefined>;
}

/** Signs what was verified, and never contradicts itself. Implemented by `@surety/attestation`. */
export interface Attester {
  readonly address: Address;
  /**
   * Records what the statements claim, then signs them, in order. The same statement gives the same signature.
   * @throws CONTRADICTION (never retryable: the attester refuses for ever), HISTORY_UNAVAILABLE (retryable),
   * HISTORY_CORRUPT, NOT_VERIFIED.
   */
  sign(statements: readonly VerifiedStatement[], domain: StatementDomain): Promise<readonly SignedStatement[]>;
  /** Signs entries that are handed in before their head is; authenticates the poster and claims nothing. */
  signPosted(posted: PostedEntries, domain: StatementDomain): Promise<Hex>;
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
