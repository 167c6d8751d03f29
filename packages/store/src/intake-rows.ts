import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import {
  ADDRESS,
  BYTES,
  COUNT,
  COUNT_OR_NULL,
  LABEL,
  SAFE_INTEGER_OR_NULL,
  U64,
  U64_OR_NULL,
  WORD,
  WORD_OR_NULL,
} from './columns.js';

/** An entry confirmed by an attested or applied head. */
@Entity('entries')
@Index('entries_by_account', ['account', 'edge', 'index'])
@Index('entries_by_tx', ['txHash'])
export class EntryRow {
  @PrimaryColumn(WORD) edge!: string;
  @PrimaryColumn(U64) index!: bigint;
  @Column(BYTES) packed!: string;
  @Column(WORD) head!: string;
  @Column(WORD) account!: string;
  @Column(U64_OR_NULL) blockHeight!: bigint | null;
  @Column(WORD_OR_NULL) blockHash!: string | null;
  @Column(WORD_OR_NULL) txHash!: string | null;
  @Column(COUNT_OR_NULL) logIndex!: number | null;
}

/** An entry that a replica took under a former name, or took where its journal has a different one. */
@Entity('replica_entries')
export class ReplicaEntryRow {
  @PrimaryColumn(WORD) edge!: string;
  /** Number of rewinds of the replica. */
  @PrimaryColumn(COUNT) generation!: number;
  @PrimaryColumn(U64) index!: bigint;
  @Column(BYTES) packed!: string;
  @Column(WORD) head!: string;
  @Column(WORD) account!: string;
  @Column(U64_OR_NULL) blockHeight!: bigint | null;
  @Column(WORD_OR_NULL) blockHash!: string | null;
  @Column(WORD_OR_NULL) txHash!: string | null;
  @Column(COUNT_OR_NULL) logIndex!: number | null;
}

/** A name of an edge since a rewind of its replica, with the replica's position at that time. */
@Entity('edge_names')
export class EdgeNameRow {
  @PrimaryColumn(WORD) edge!: string;
  @PrimaryColumn(COUNT) generation!: number;
  @Column(WORD) name!: string;
  @Column(U64) count!: bigint;
  @Column(WORD) head!: string;
}

/** An entry that one poster sent and no head has confirmed. */
@Entity('candidates')
@Index('candidates_by_account', ['account'])
@Index('candidates_by_tx', ['txHash'])
export class CandidateRow {
  @PrimaryColumn(WORD) edge!: string;
  @PrimaryColumn(ADDRESS) poster!: string;
  @PrimaryColumn(U64) index!: bigint;
  @Column(BYTES) packed!: string;
  @Column(WORD) account!: string;
  @Column(LABEL) stage!: string;
  @Column(U64_OR_NULL) blockHeight!: bigint | null;
  @Column(WORD_OR_NULL) blockHash!: string | null;
  @Column(WORD_OR_NULL) txHash!: string | null;
  @Column(COUNT_OR_NULL) logIndex!: number | null;
}

/** The first `count` entries reached the stage at `atMs`. */
@Entity('milestones')
export class MilestoneRow {
  @PrimaryColumn(WORD) edge!: string;
  @PrimaryColumn(LABEL) stage!: string;
  @PrimaryColumn(U64) count!: bigint;
  @Column(SAFE_INTEGER_OR_NULL) atMs!: number | null;
  @Column(SAFE_INTEGER_OR_NULL) chainId!: number | null;
  @Column(U64_OR_NULL) blockHeight!: bigint | null;
  @Column(WORD_OR_NULL) blockHash!: string | null;
}

/** A statement, keyed by the digest that members sign. */
@Entity('statements')
@Index('statements_by_count', ['edge', 'count', 'asOf'])
export class StatementRow {
  @PrimaryColumn(WORD) digest!: string;
  @Column(WORD) edge!: string;
  @Column(U64) count!: bigint;
  @Column(U64) tip!: bigint;
  @Column(WORD) head!: string;
  @Column(U64) blockNumber!: bigint;
  @Column(WORD) blockHash!: string;
  @Column(U64) asOf!: bigint;
  @Column(COUNT) epoch!: number;
  @Column(COUNT) quorum!: number;
  @Column(COUNT) complete!: number;
}

/** One member's signature of a statement. */
@Entity('signatures')
export class SignatureRow {
  @PrimaryColumn(WORD) digest!: string;
  @PrimaryColumn(ADDRESS) signer!: string;
  @Column(BYTES) signature!: string;
}

/** The first head a member signed for (edge, count), which a second one would contradict. Never deleted. */
@Entity('signed_heads')
export class SignedHeadRow {
  @PrimaryColumn(WORD) edge!: string;
  @PrimaryColumn(U64) count!: bigint;
  @PrimaryColumn(ADDRESS) signer!: string;
  @Column(WORD) digest!: string;
  @Column(U64) tip!: bigint;
  @Column(WORD) head!: string;
  @Column(U64) blockNumber!: bigint;
  @Column(WORD) blockHash!: string;
  @Column(U64) asOf!: bigint;
  @Column(COUNT) epoch!: number;
  @Column(BYTES) signature!: string;
}

/** The highest statement of one member about one edge. */
@Entity('attester_marks')
export class AttesterMarkRow {
  @PrimaryColumn(WORD) edge!: string;
  @PrimaryColumn(ADDRESS) signer!: string;
  @Column(U64) count!: bigint;
  @Column(U64) asOf!: bigint;
}

/** Evidence: two statements of one member and edge, with different heads for one count or a hidden tip, as JSON. */
@Entity('contradictions')
export class ContradictionRow {
  @PrimaryColumn(WORD) edge!: string;
  @PrimaryColumn(U64) count!: bigint;
  @PrimaryColumn(ADDRESS) signer!: string;
  @PrimaryColumn(WORD) secondHead!: string;
  @Column({ type: 'text' }) evidence!: string;
}
