import type { AccountChangeKind, BlockHash, Bytes32, TxHash } from '@surety/domain';
import type { ParkReason } from '@surety/workflows';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import {
  COUNT_OR_NULL,
  LABEL,
  LABEL_OR_NULL,
  SAFE_INTEGER,
  SIGNED,
  U128,
  U128_OR_NULL,
  U64,
  WORD,
  WORD_OR_NULL,
} from './columns.js';

/** A change of an account, see `AccountChange`. Rows are only added. */
@Entity('history')
export class AccountChangeRow {
  @PrimaryColumn(WORD) account!: Bytes32;
  @PrimaryColumn(U128) position!: bigint;
  @Column(LABEL) kind!: AccountChangeKind;
  @Column(COUNT_OR_NULL) assetId!: number | null;
  @Column(SIGNED) delta!: bigint;
  @Column(U128_OR_NULL) amount!: bigint | null;
  @Column(U128_OR_NULL) units!: bigint | null;
  @Column(COUNT_OR_NULL) source!: number | null;
  @Column(U128_OR_NULL) index!: bigint | null;
  @Column(WORD_OR_NULL) party!: Bytes32 | null;
  @Column(LABEL_OR_NULL) reason!: ParkReason | null;
  @Column(U64) height!: bigint;
  @Column(WORD) hash!: BlockHash;
  @Column(WORD_OR_NULL) txHash!: TxHash | null;
}

/** The last block of a chain that an earlier version folded without writing changes of accounts down. */
@Entity('history_gaps')
export class HistoryGapRow {
  @PrimaryColumn(SAFE_INTEGER) chainId!: number;
  @Column(U64) height!: bigint;
}
