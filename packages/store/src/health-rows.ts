import type { BlockHash, Bytes32 } from '@surety/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { COUNT, SAFE_INTEGER, U256, U64, WORD } from './columns.js';

/** The last judged health of an account with debt. */
@Entity('health')
export class HealthRow {
  @PrimaryColumn(WORD) account!: Bytes32;
  /** Number of steps of the ladder that its health is below, and how many of them were announced; the latter -1 as in `HealthFact`. */
  @Column(COUNT) rung!: number;
  @Column(COUNT) told!: number;
  @Column(U256) assets!: bigint;
  @Column(U256) requirement!: bigint;
  @Column(SAFE_INTEGER) chainId!: number;
  @Column(U64) height!: bigint;
  @Column(WORD) hash!: BlockHash;
  @Column(U64) timestamp!: bigint;
}

/** The health of an account at one final block, see `HealthPoint`. The time is in the key, so that old points are found. */
@Entity('health_points')
export class HealthPointRow {
  @PrimaryColumn(WORD) account!: Bytes32;
  @PrimaryColumn(U64) timestamp!: bigint;
  @Column(U64) height!: bigint;
  @Column(U256) assets!: bigint;
  @Column(U256) requirement!: bigint;
}
