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
  /** n-th entry of the journal, from 1. */
  readonly index: bigint;
  /** 95 bytes. */
  readonly packed: Uint8Array;
  /** The journal's head after this entry. */
  readonly head: Bytes32;
  /** The entry's account, once more for lookups. */
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

/** The first `count` entries of the edge have reached the stage, since `atMs` if anybody watched. */
export interface MilestoneFact {
  readonly edge: Bytes32;
  readonly stage: EntryStage;
  readonly count: bigint;
  /** Absent where it was learnt later, from the chain. */
  readonly atMs?: number;
  readonly block?: BlockName;
}

/** A checked statement with what its epoch asks for. */
export interface JudgedStatement extends SignedStatement {
  /** First name of the edge that it speaks of. */
  readonly edge: Bytes32;
  readonly digest: Bytes32;
  /** Signatures that make it complete. */
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

/** Two statements of one member and edge, with two heads of one count or a hidden tip: evidence for the verifier. */
export interface ContradictionFact {
  readonly first: SignedStatement;
  readonly second: SignedStatement;
}

/** The rows of one batch of statements. Storing it twice changes nothing. */
export interface StatementBatch {
  readonly statements: readonly JudgedStatement[];
  /** Stored unless the member's evidence on that edge is held already. */
  readonly contradictions: readonly ContradictionFact[];
}

/** The changes from storing a batch of statements. */
export interface StatementBatchOutcome {
  /** One flag per statement: true if this signature was new. */
  readonly fresh: readonly boolean[];
  /** Statements that reached their quorum with this batch. */
  readonly completed: readonly JournalHead[];
}

/** The newest word of one member about one edge. */
export interface AttesterMark {
  readonly address: Address;
  readonly count: bigint;
  readonly asOf: bigint;
}

/** Two counts with complete statements further apart than one cut, and none between them. */
export interface AttestedGap {
  readonly from: bigint;
  readonly to: bigint;
}

/** Gives the gaps between 0, or a count to begin at, and attested counts; repeated counts change nothing. */
export function gapsBetween(counts: readonly bigint[], from = 0n): AttestedGap[] {
  const gaps: AttestedGap[] = [];
  let last = from;
  for (const to of counts) {
    if (to - last > CUT_LENGTH) gaps.push({ from: last, to });
    last = to;
  }
  return gaps;
}

/** A replica was rewound: statements carry another name since then. */
export interface RewoundFact {
  /** Number of rewinds, from 1. */
  readonly generation: number;
  readonly name: Bytes32;
  /** Its position at that time. */
  readonly point: JournalPosition;
}

/** Names entries that a replica holds or held under one name. */
export interface ReplicaRange {
  /** First name of the edge. */
  readonly edge: Bytes32;
  /** Number of rewinds of the replica. */
  readonly generation: number;
}

/** An edge as the store holds it; what members signed is of its present name. */
export interface EdgeFacts {
  /** The rewinds of its replica, the first one first. */
  readonly rewinds: readonly RewoundFact[];
  /** Up to here the edge's entries are held and confirmed by a head. */
  readonly position: JournalPosition;
  /** Highest count with a complete statement, 0 for none. */
  readonly attestedCount: bigint;
  /** Gaps of more than one cut between complete statements, ascending: from 0 on, or among the newest ones. */
  readonly attestedGaps: readonly AttestedGap[];
  /** Complete statements past the position, ascending by count. */
  readonly goals: readonly JournalPosition[];
  readonly candidates: readonly CandidateFact[];
  readonly attesters: readonly AttesterMark[];
}

/** Facts posted by attesters. Every write is one transaction, idempotent and content-addressed. */
export interface IntakeStore {
  loadEdge(edge: Bytes32): Promise<EdgeFacts>;
  /**
   * Notes that a replica was rewound: candidates and stages past the point are dropped, and so are entries unless the journal itself
   * proved them; they are kept as the replica's under its former name.
   */
  rewindEdge(change: {
    readonly edge: Bytes32;
    readonly rewound: RewoundFact;
    readonly keepsEntries: boolean;
  }): Promise<void>;
  /** Stores entries that a replica took under one name where the edge's are others, or are not held. */
  saveReplicaEntries(range: ReplicaRange, entries: readonly EntryFact[]): Promise<void>;
  /** Gives such entries, `from` < n ≤ `to`, ascending. */
  loadReplicaEntries(
    range: ReplicaRange & { readonly from: bigint; readonly to: bigint },
  ): Promise<readonly EntryFact[]>;
  /** Gives the first signed heads that are stored for (edge, count, signer), in the order asked. */
  loadSignedHeads(
    keys: readonly { readonly edge: Bytes32; readonly count: bigint; readonly signer: Address }[],
  ): Promise<readonly (SignedHeadFact | undefined)[]>;
  /** Gives confirmed entries `from` < n ≤ `to`, ascending, at most `limit`. */
  loadEntries(request: { edge: Bytes32; from: bigint; to: bigint; limit: number }): Promise<readonly EntryFact[]>;
  /** Gives the confirmed entries at these indexes, in any order. */
  loadEntriesAt(edge: Bytes32, indexes: readonly bigint[]): Promise<readonly EntryFact[]>;
  /** Gives how many statements of an edge a member signed that are not complete. */
  countOpenStatements(edge: Bytes32, signer: Address): Promise<number>;
  saveStatements(batch: StatementBatch): Promise<StatementBatchOutcome>;
  /**
   * Takes the signatures of some members under one epoch of an edge away; statements left with too few are complete no more.
   * What proves an equivocation stays. Gives how many signatures went.
   */
  dropSignatures(of: { edge: Bytes32; epoch: number; signers: readonly Address[] }): Promise<number>;
  /** Stores candidates of one poster; those past `keepBelow` that this poster held before are dropped first. */
  saveCandidates(change: {
    edge: Bytes32;
    poster: Address;
    dropFrom?: bigint;
    candidates: readonly CandidateFact[];
  }): Promise<void>;
  /** Stores confirmed entries and drops every candidate at or below the last of them. */
  saveEntries(edge: Bytes32, entries: readonly EntryFact[]): Promise<void>;
  /** Drops all candidates of an edge. */
  dropCandidates(edge: Bytes32): Promise<void>;
  saveMilestones(milestones: readonly MilestoneFact[]): Promise<void>;
}
