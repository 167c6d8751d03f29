import type { Address, BlockHash, BlockHeight, Bytes32, Hex, TxHash } from '@surety/domain';
import type { EntryStage } from '@surety/workflows';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import {
  ADDRESS,
  BYTES,
  COUNT,
  COUNT_OR_NULL,
  LABEL,
  SAFE_INTEGER_OR_NULL,
  TEXT,
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
  @PrimaryColumn(WORD) edge!: Bytes32;
  @PrimaryColumn(U64) index!: bigint;
  @Column(BYTES) packed!: Uint8Array;
  @Column(WORD) head!: Bytes32;
  @Column(WORD) account!: Bytes32;
  @Column(U64_OR_NULL) blockHeight!: BlockHeight | null;
  @Column(WORD_OR_NULL) blockHash!: BlockHash | null;
  @Column(WORD_OR_NULL) txHash!: TxHash | null;
  @Column(COUNT_OR_NULL) logIndex!: number | null;
}

/** An entry that a replica took under a former name, or took where its journal has a different one. */
@Entity('replica_entries')
export class ReplicaEntryRow {
  @PrimaryColumn(WORD) edge!: Bytes32;
  /** Number of rewinds of the replica. */
  @PrimaryColumn(COUNT) generation!: number;
  @PrimaryColumn(U64) index!: bigint;
  @Column(BYTES) packed!: Uint8Array;
  @Column(WORD) head!: Bytes32;
  @Column(WORD) account!: Bytes32;
  @Column(U64_OR_NULL) blockHeight!: BlockHeight | null;
  @Column(WORD_OR_NULL) blockHash!: BlockHash | null;
  @Column(WORD_OR_NULL) txHash!: TxHash | null;
  @Column(COUNT_OR_NULL) logIndex!: number | null;
}

/** A name of an edge since a rewind of its replica, with the replica's position at that time. */
@Entity('edge_names')
export class EdgeNameRow {
  @PrimaryColumn(WORD) edge!: Bytes32;
  @PrimaryColumn(COUNT) generation!: number;
  @Column(WORD) name!: Bytes32;
  @Column(U64) count!: bigint;
  @Column(WORD) head!: Bytes32;
}

/** An entry that one poster sent and no head has confirmed. */
@Entity('candidates')
@Index('candidates_by_account', ['account'])
@Index('candidates_by_tx', ['txHash'])
export class CandidateRow {
  @PrimaryColumn(WORD) edge!: Bytes32;
  @PrimaryColumn(ADDRESS) poster!: Address;
  @PrimaryColumn(U64) index!: bigint;
  @Column(BYTES) packed!: Uint8Array;
  @Column(WORD) account!: Bytes32;
  @Column(LABEL) stage!: string;
  @Column(U64_OR_NULL) blockHeight!: BlockHeight | null;
  @Column(WORD_OR_NULL) blockHash!: BlockHash | null;
  @Column(WORD_OR_NULL) txHash!: TxHash | null;
  @Column(COUNT_OR_NULL) logIndex!: number | null;
}

/** The first `count` entries reached the stage at `atMs`. */
@Entity('milestones')
export class MilestoneRow {
  @PrimaryColumn(WORD) edge!: Bytes32;
  @PrimaryColumn(LABEL) stage!: EntryStage;
  @PrimaryColumn(U64) count!: bigint;
  @Column(SAFE_INTEGER_OR_NULL) atMs!: number | null;
  @Column(SAFE_INTEGER_OR_NULL) chainId!: number | null;
  @Column(U64_OR_NULL) blockHeight!: bigint | null;
  @Column(WORD_OR_NULL) blockHash!: BlockHash | null;
}

/** A statement, keyed by the digest that members sign. */
@Entity('statements')
@Index('statements_by_count', ['edge', 'count', 'asOf'])
@Index('open_statements', ['edge', 'asOf', 'count'], { where: '"complete" = 0' })
export class StatementRow {
  @PrimaryColumn(WORD) digest!: Bytes32;
  @Column(WORD) edge!: Bytes32;
  @Column(U64) count!: bigint;
  @Column(U64) tip!: bigint;
  @Column(WORD) head!: Bytes32;
  @Column(U64) blockNumber!: bigint;
  @Column(WORD) blockHash!: BlockHash;
  @Column(U64) asOf!: bigint;
  @Column(COUNT) epoch!: number;
  @Column(COUNT) quorum!: number;
  @Column(COUNT) complete!: number;
}

/** One member's signature of a statement. */
@Entity('signatures')
export class SignatureRow {
  @PrimaryColumn(WORD) digest!: Bytes32;
  @PrimaryColumn(ADDRESS) signer!: Address;
  @Column(TEXT) signature!: Hex;
}

/**
 * The first head a member signed for (edge, count), which a second one would contradict. One far above the entries goes when
 * its statement does, because a member can sign any number of them.
 */
@Entity('signed_heads')
export class SignedHeadRow {
  @PrimaryColumn(WORD) edge!: Bytes32;
  @PrimaryColumn(U64) count!: bigint;
  @PrimaryColumn(ADDRESS) signer!: Address;
  @Column(WORD) digest!: Bytes32;
  @Column(U64) tip!: bigint;
  @Column(WORD) head!: Bytes32;
  @Column(U64) blockNumber!: bigint;
  @Column(WORD) blockHash!: BlockHash;
  @Column(U64) asOf!: bigint;
  @Column(COUNT) epoch!: number;
  @Column(TEXT) signature!: Hex;
}

/** The highest statement of one member about one edge. */
@Entity('attester_marks')
export class AttesterMarkRow {
  @PrimaryColumn(WORD) edge!: Bytes32;
  @PrimaryColumn(ADDRESS) signer!: Address;
  @Column(U64) count!: bigint;
  @Column(U64) asOf!: bigint;
}

/** Evidence: two statements of one member and edge, with different heads for one count or a hidden tip, as JSON. */
@Entity('contradictions')
export class ContradictionRow {
  @PrimaryColumn(WORD) edge!: Bytes32;
  @PrimaryColumn(U64) count!: bigint;
  @PrimaryColumn(ADDRESS) signer!: Address;
  @PrimaryColumn(WORD) secondHead!: string;
  @Column(TEXT) evidence!: string;
}
