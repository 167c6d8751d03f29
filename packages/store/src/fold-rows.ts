import type { Address, BlockHash, Bytes32 } from '@surety/domain';
import type { ParkReason } from '@surety/workflows';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { ADDRESS, BYTES, COUNT, FLAG, LABEL, SAFE_INTEGER, U128, U64, WORD, WORD_OR_NULL } from './columns.js';

/** One (account, asset) of the ledger. */
@Entity('lines')
export class LineRow {
  @PrimaryColumn(WORD) account!: Bytes32;
  @PrimaryColumn(COUNT) assetId!: number;
  @Column(U128) amount!: bigint;
  @Column(U128) unseasoned!: bigint;
  @Column(U64) seasonEnd!: bigint;
  @Column(FLAG) enabled!: boolean;
}

/** A parked credit. */
@Entity('parked')
@Index('parked_by_account', ['account'])
export class ParkedRow {
  @PrimaryColumn(COUNT) source!: number;
  @PrimaryColumn(U128) index!: bigint;
  @Column(WORD) account!: Bytes32;
  @Column(COUNT) vaultAsset!: number;
  @Column(U128) amount!: bigint;
  @Column(U128) fee!: bigint;
  @Column(LABEL) reason!: ParkReason;
  @Column({ ...FLAG, name: 'summed', default: 1 }) isSummed!: boolean;
}

/** The replica of an edge. */
@Entity('replicas')
export class ReplicaRow {
  @PrimaryColumn(WORD) edge!: Bytes32;
  /** Chain of the replica. */
  @Column(SAFE_INTEGER) chainId!: number;
  @Column(COUNT) source!: number;
  @Column(SAFE_INTEGER) originChainId!: number;
  @Column(ADDRESS) vault!: Address;
  @Column(U64) count!: bigint;
  @Column(WORD) head!: Bytes32;
  @Column({ ...LABEL, default: 'LIVE' }) state!: string;
  @Column({ ...U64, default: '0' }) stateUntil!: bigint;
  @Column({ ...LABEL, default: '' }) stateCause!: string;
  @Column({ ...COUNT, default: 0 }) generation!: number;
  /** Name in statements; null before the first rewind. */
  @Column(WORD_OR_NULL) name!: Bytes32 | null;
  /** Name after the rewind in progress; null if there is none. */
  @Column(WORD_OR_NULL) next!: Bytes32 | null;
  @Column({ ...U64, default: '0' }) point!: bigint;
  @Column(WORD_OR_NULL) pointHead!: Bytes32 | null;
  /** During a rewind, entries above this count are unwound. */
  @Column({ ...U64, default: '0' }) unwound!: bigint;
}

/** One of the ledger's own journals. */
@Entity('journals')
export class JournalRow {
  @PrimaryColumn(WORD) edge!: Bytes32;
  @Column(COUNT) source!: number;
  @Column(U64) count!: bigint;
  @Column(WORD) head!: Bytes32;
}

/** Sums of an asset's lines and parked credits. */
@Entity('asset_sums')
export class AssetSumsRow {
  @PrimaryColumn(COUNT) assetId!: number;
  @Column(U128) lines!: bigint;
  @Column(U128) parked!: bigint;
  @Column(U128) released!: bigint;
  @Column({ ...U128, default: '0' }) refunded!: bigint;
}

/** A stopped release that was credited back to its account. */
@Entity('refunds')
export class RefundRow {
  @PrimaryColumn(COUNT) source!: number;
  @PrimaryColumn(U128) seq!: bigint;
  @Column(U128) amount!: bigint;
  @Column({ ...COUNT, default: 0 }) vaultAsset!: number;
}

/** The coverage of an asset, and the amounts that a rewind left unsettled. */
@Entity('coverages')
export class CoverageRow {
  @PrimaryColumn(COUNT) source!: number;
  @PrimaryColumn(COUNT) vaultAsset!: number;
  @Column(U64) inForceWad!: bigint;
  @Column(U64) reportedWad!: bigint;
  @Column(U64) impairedSince!: bigint;
  @Column(U128) saidSeq!: bigint;
  @Column(U128) lostSeq!: bigint;
  @Column({ ...U128, default: '0' }) orphaned!: bigint;
  @Column({ ...U128, default: '0' }) missing!: bigint;
  @Column({ ...U128, default: '0' }) found!: bigint;
}

/** Identical entries with orphans left, or with units spent. */
@Entity('orphans')
export class OrphanRowEntity {
  @PrimaryColumn(COUNT) source!: number;
  @PrimaryColumn(WORD) entryHash!: Bytes32;
  @Column(COUNT) vaultAsset!: number;
  @Column(BYTES) packed!: Uint8Array;
  @Column(COUNT) count!: number;
  @Column(U128) spent!: bigint;
}

/** A protocol that may require margin of an account. */
@Entity('opt_ins')
export class OptInRow {
  @PrimaryColumn(WORD) account!: Bytes32;
  @PrimaryColumn(ADDRESS) protocol!: Address;
}

/** A replayed release or loss, or an entry that its vault refused. */
@Entity('payments')
@Index('payments_by_state', ['edge', 'state', 'seq'])
export class PaymentRowEntity {
  @PrimaryColumn(WORD) edge!: Bytes32;
  @PrimaryColumn(U128) seq!: bigint;
  @Column({ ...BYTES, type: 'varchar', length: 52 }) entryHash!: Uint8Array;
  @Column(WORD) account!: Bytes32;
  @Column(COUNT) vaultAsset!: number;
  @Column(U128) amount!: bigint;
  @Column(U64) readyAt!: bigint;
  @Column(LABEL) state!: string;
  @Column(COUNT) reason!: number;
  @Column(SAFE_INTEGER) chainId!: number;
  @Column(U64) blockHeight!: bigint;
  @Column(WORD) blockHash!: BlockHash;
  @Column(WORD_OR_NULL) stopReason!: Bytes32 | null;
  @Column({ ...FLAG, name: 'loss', default: 0 }) isLoss!: boolean;
  @Column({ ...U128, default: '0' }) borne!: bigint;
}

/** An asset's totals at a vault: owed, paid and reported. */
@Entity('vault_sums')
export class VaultSumsRow {
  @PrimaryColumn(WORD) edge!: Bytes32;
  @PrimaryColumn(COUNT) vaultAsset!: number;
  @Column(U128) owed!: bigint;
  @Column(U128) paid!: bigint;
  @Column({ ...U64, default: '0' }) coverageWad!: bigint;
  @Column({ ...U64, default: '0' }) shortSince!: bigint;
  @Column({ ...U64, default: '0' }) reportedAt!: bigint;
}

/** An asset that the ledger lists. */
@Entity('assets')
export class AssetRow {
  @PrimaryColumn(COUNT) assetId!: number;
  @Column(COUNT) source!: number;
  @Column(COUNT) vaultAsset!: number;
  @Column(COUNT) underlying!: number;
  @Column(COUNT) ownPrice!: number;
  @Column(COUNT) decimals!: number;
}

/** The height to which a contract of a chain is folded, and the block of the last fact that changed a row. */
@Entity('cursors')
export class CursorRow {
  @PrimaryColumn(SAFE_INTEGER) chainId!: number;
  /** The edge from the ledger whose vault is folded; empty for the ledger, beside which a vault may stand. */
  @PrimaryColumn({ ...WORD, default: '' }) edge!: string;
  @Column(U64) height!: bigint;
  @Column(WORD) hash!: BlockHash;
  @Column(U64) timestamp!: bigint;
  @Column(U64) changedHeight!: bigint;
  @Column(WORD) changedHash!: BlockHash;
}
