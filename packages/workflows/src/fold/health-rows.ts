import type { Bytes32 } from '@surety/domain';
import type { FinalBlock } from '../ports/origin-chain.js';
import type { LineFact } from './collateral-rows.js';

/** The block that an account's health was judged at. */
export type JudgedBlock = Pick<FinalBlock, 'chainId' | 'height' | 'hash' | 'timestamp'>;

/** How an account that owes something stood when it was last judged. */
export interface HealthFact {
  readonly account: Bytes32;
  /** Steps of the ladder that it stands below. */
  readonly rung: number;
  /** Steps that were told: another number than `rung` while the telling is not known to have ended. */
  readonly told: number;
  /** At the maintenance grade, 18 decimals. */
  readonly assets: bigint;
  readonly requirement: bigint;
  readonly block: JudgedBlock;
}

/** What the watch of health keeps and asks. An account has a row while it owes something, or something of it is untold. */
export interface HealthStore {
  /** Gives the rows of some accounts, in any order. */
  loadHealth(accounts: readonly Bytes32[]): Promise<readonly HealthFact[]>;
  /** Gives rows whose telling is not known to have ended. */
  loadUntold(): Promise<readonly HealthFact[]>;
  /** Writes rows in one transaction; one with nothing owed and nothing untold is dropped. */
  saveHealth(facts: readonly HealthFact[]): Promise<void>;
  /** Gives accounts with a row that hold some of these assets in lines that count, ascending after one, at most `limit`. */
  loadHoldersAfter(assetIds: readonly number[], after: Bytes32 | undefined, limit: number): Promise<readonly Bytes32[]>;
  /** Gives accounts that opted in to a protocol, ascending after one, at most `limit`. */
  loadOptedAfter(after: Bytes32 | undefined, limit: number): Promise<readonly Bytes32[]>;
  /** Gives those of some accounts that opted in to a protocol. */
  loadOptedOf(accounts: readonly Bytes32[]): Promise<readonly Bytes32[]>;
  /** Gives all lines of some accounts. */
  loadLinesOfAll(accounts: readonly Bytes32[]): Promise<readonly LineFact[]>;
}
