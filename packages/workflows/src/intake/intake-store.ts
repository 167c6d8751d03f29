import {
  type Address,
  type BlockHash,
  type Bytes32,
  CUT_LENGTH,
  type Hex,
  type JournalHead,
  type JournalPosition,
} from '@surety/domain';
import type { SignedStatement } from '../ports/attester.js';
import type { EntryLocation } from '../ports/origin-chain.js';

/** Stages of an entry, in order. Each stage is a prefix of the journal. */
export type EntryStage = 'seen' | 'final' | 'attested' | 'applied';

/** A block named by its chain, number and hash. */
export interface BlockName {
  readonly chainId: number;
  readonly height: bigint;
  readonly hash: BlockHash;
}

/** An entry of an edge: an attested or applied head folds over it. Permanent unless its replica is rewound past it. */
export interface EntryFact {
  /** First name of the edge. */
  readonly edge: Bytes32;
  /** Index in the journal, from 1. */
  readonly index: bigint;
  /** 95 bytes. */
  readonly packed: Uint8Array;
  /** The journal's head after this entry. */
  readonly head: Bytes32;
  /** The entry's account, repeated for lookups. */
  readonly account: Bytes32;
  readonly location?: EntryLocation;
}

/** An entry that one poster sent and no head has confirmed yet. */
export interface CandidateFact {
  readonly edge: Bytes32;
  readonly poster: Address;
  readonly index: bigint;
  readonly packed: Uint8Array;
  readonly stage: 'seen' | 'final';
  readonly location?: EntryLocation;
}

/** The first `count` entries of the edge have reached the stage, at `atMs` if that was observed. */
export interface MilestoneFact {
  readonly edge: Bytes32;
  readonly stage: EntryStage;
  readonly count: bigint;
  /** Absent if learnt later from the chain. */
  readonly atMs?: number;
  readonly block?: BlockName;
}

/** Entries `from` < n ≤ `to` of an edge were applied in a final block. */
export interface FinalBatch {
  readonly edge: Bytes32;
  readonly from: bigint;
  readonly to: bigint;
  readonly block: BlockName;
}

/** A valid statement with the quorum of its epoch. */
export interface JudgedStatement extends SignedStatement {
  /** First name of its edge. */
  readonly edge: Bytes32;
  readonly digest: Bytes32;
  /** Number of signatures that complete it. */
  readonly quorum: number;
}

/** A statement with all signatures held, sorted by signer. */
export interface StatementFact {
  readonly digest: Bytes32;
  readonly statement: JournalHead;
  readonly signatures: readonly { readonly signer: Address; readonly signature: Hex }[];
  readonly complete: boolean;
}

/** The first head a member signed for (edge, count), with the statement that proves it. */
export interface SignedHeadFact {
  readonly signed: SignedStatement;
  readonly digest: Bytes32;
}

/** Two statements of one member and edge, with different heads of one count or a hidden tip: evidence for the verifier. */
export interface ContradictionFact {
  readonly first: SignedStatement;
  readonly second: SignedStatement;
}

/** The rows of one batch of statements. Storing it twice changes nothing. */
export interface StatementBatch {
  readonly statements: readonly JudgedStatement[];
  /** Stored unless evidence against the member on that edge exists already. */
  readonly contradictions: readonly ContradictionFact[];
}

/** The changes from storing a batch of statements. */
export interface StatementBatchOutcome {
  /** One flag per statement: true if this signature was new. */
  readonly fresh: readonly boolean[];
  /** Statements that reached their quorum with this batch. */
  readonly completed: readonly JournalHead[];
}

/** The newest statement of one member about one edge. */
export interface AttesterMark {
  readonly address: Address;
  readonly count: bigint;
  readonly asOf: bigint;
}

/** Two complete counts more than one cut apart, without any between them. */
export interface AttestedGap {
  readonly from: bigint;
  readonly to: bigint;
}

/** Returns the gaps between attested counts, starting from 0 or another count; repeated counts have no effect. */
export function gapsBetween(counts: readonly bigint[], from = 0n): AttestedGap[] {
  const gaps: AttestedGap[] = [];
  let last = from;
  for (const to of counts) {
    if (to - last > CUT_LENGTH) gaps.push({ from: last, to });
    last = to;
  }
  return gaps;
}

/** A signed head, with the epoch whose members signed it. */
export interface SignedGoal extends JournalPosition {
  readonly epoch: number;
}

/** A replica was rewound: statements carry another name since then. */
export interface RewoundFact {
  /** Number of rewinds, from 1. */
  readonly generation: number;
  readonly name: Bytes32;
  /** The position to which it was rewound. */
  readonly point: JournalPosition;
}

/** Entries that a replica holds or held under one name. */
export interface ReplicaRange {
  /** First name of the edge. */
  readonly edge: Bytes32;
  /** Number of rewinds of the replica. */
  readonly generation: number;
}

/** The stored facts of an edge; members' statements are those under its present name, of the epochs asked for. */
export interface EdgeFacts {
  /** The rewinds of its replica, oldest first. */
  readonly rewinds: readonly RewoundFact[];
  /** Entries up to here are stored and confirmed by a head. */
  readonly position: JournalPosition;
  /** Highest count up to the position at which a complete statement names the entries' own head, 0 if there is none. */
  readonly vouchedCount: bigint;
  /** Highest count with a complete statement, 0 if there is none. */
  readonly attestedCount: bigint;
  /** Gaps of more than one cut between complete statements, ascending; of very many counts, only among the newest. */
  readonly attestedGaps: readonly AttestedGap[];
  /** Complete statements above the position, ascending by count. */
  readonly goals: readonly SignedGoal[];
  readonly candidates: readonly CandidateFact[];
  readonly attesters: readonly AttesterMark[];
}

/** Facts posted by attesters. Every write is one transaction, idempotent and content-addressed. */
export interface IntakeStore {
  /** Loads the facts of an edge; statements of epochs up to `endedThrough` are left out. */
  loadEdge(edge: Bytes32, endedThrough: number): Promise<EdgeFacts>;
  /** Drops what only statements of ended epochs say: entries above one count, and above another that they are attested. */
  dropUnvouched(above: { readonly edge: Bytes32; readonly entries: bigint; readonly attested: bigint }): Promise<void>;
  /**
   * Records that a replica was rewound. Candidates and stages above the point are dropped. Entries above it are dropped
   * too, unless the journal itself proved them; they are kept as the replica's under its former name.
   */
  rewindEdge(change: {
    readonly edge: Bytes32;
    readonly rewound: RewoundFact;
    readonly keepsEntries: boolean;
  }): Promise<void>;
  /** Stores entries that a replica took under one name and that the edge's own entries lack or contradict. */
  saveReplicaEntries(range: ReplicaRange, entries: readonly EntryFact[]): Promise<void>;
  /** Returns such entries, `from` < n ≤ `to`, ascending. */
  loadReplicaEntries(
    range: ReplicaRange & { readonly from: bigint; readonly to: bigint },
  ): Promise<readonly EntryFact[]>;
  /** Returns the first signed heads stored for (edge, count, signer), in the requested order. */
  loadSignedHeads(
    keys: readonly { readonly edge: Bytes32; readonly count: bigint; readonly signer: Address }[],
  ): Promise<readonly (SignedHeadFact | undefined)[]>;
  /** Returns confirmed entries `from` < n ≤ `to`, ascending, at most `limit`. */
  loadEntries(request: { edge: Bytes32; from: bigint; to: bigint; limit: number }): Promise<readonly EntryFact[]>;
  /** Returns the confirmed entries at these indexes, in any order. */
  loadEntriesAt(edge: Bytes32, indexes: readonly bigint[]): Promise<readonly EntryFact[]>;
  saveStatements(batch: StatementBatch): Promise<StatementBatchOutcome>;
  /**
   * Deletes a member's signatures of all but the newest `keep` of its incomplete statements of an edge, by `asOf` and then
   * count, and statements left without any. Its first head of a count above `forgetAbove` goes with its statement, except
   * that of its highest count. Returns the number of incomplete statements it has left.
   */
  trimOpenStatements(of: { edge: Bytes32; signer: Address; keep: number; forgetAbove: bigint }): Promise<number>;
  /**
   * Deletes the signatures of some members under one epoch of an edge; statements left with too few become incomplete.
   * Evidence of equivocation is kept. Returns the number of deleted signatures.
   */
  dropSignatures(of: { edge: Bytes32; epoch: number; signers: readonly Address[] }): Promise<number>;
  /** Stores candidates of one poster, after dropping its earlier ones above `keepBelow`. */
  saveCandidates(change: {
    edge: Bytes32;
    poster: Address;
    dropFrom?: bigint;
    candidates: readonly CandidateFact[];
  }): Promise<void>;
  /** Stores confirmed entries and drops every candidate up to the last of them. */
  saveEntries(edge: Bytes32, entries: readonly EntryFact[]): Promise<void>;
  /** Drops all candidates of an edge. */
  dropCandidates(edge: Bytes32): Promise<void>;
  saveMilestones(milestones: readonly MilestoneFact[]): Promise<void>;
  /** Notes the final blocks of batches, ascending for each edge. When their entries were seen applied before stays. */
  saveAppliedBatches(batches: readonly FinalBatch[]): Promise<void>;
  /** Drops that entries above a count were seen applied, except in final blocks. */
  dropSeenApplied(above: { readonly edge: Bytes32; readonly count: bigint }): Promise<void>;
}
