import type { Address, BlockHash, Bytes32 } from '@surety/domain';
import type { AssetListedFact, ParkReason } from './ledger-fact.js';

/** One (account, asset) of the ledger. */
export interface LineFact {
  readonly account: Bytes32;
  readonly assetId: number;
  readonly amount: bigint;
  /** Part of the amount that does not count for initial before `seasonEnd`. */
  readonly unseasoned: bigint;
  /** Seconds. */
  readonly seasonEnd: bigint;
  /** True if the line counts in the account's margin. */
  readonly enabled: boolean;
}

/** A credit that counts 0 until its reason is gone. */
export interface ParkedCreditFact {
  readonly source: number;
  readonly index: bigint;
  readonly account: Bytes32;
  readonly vaultAsset: number;
  readonly amount: bigint;
  readonly fee: bigint;
  readonly reason: ParkReason;
}

/** The ledger's copy of one journal's position. */
export interface ReplicaFact {
  readonly edge: Bytes32;
  readonly source: number;
  /** Chain and contract of the journal. */
  readonly originChainId: number;
  readonly vault: Address;
  readonly count: bigint;
  readonly head: Bytes32;
}

/** An asset that the ledger lists. */
export type AssetFact = Omit<AssetListedFact, 'kind'>;

/** Where the fold of one chain stands. */
export interface FoldCursor {
  readonly chainId: number;
  /** Last final block whose facts are folded. */
  readonly height: bigint;
  readonly hash: BlockHash;
  /** Seconds. */
  readonly timestamp: bigint;
  /** Block of the last fact that changed a row: the block that the state hash names. */
  readonly changed: { readonly height: bigint; readonly hash: BlockHash };
}

/** What folding a range of blocks changed; stored in one transaction with its cursor. */
export interface FoldStep {
  readonly cursor: FoldCursor;
  readonly lines: readonly LineFact[];
  readonly parked: readonly ParkedCreditFact[];
  readonly unparked: readonly { readonly source: number; readonly index: bigint }[];
  readonly replicas: readonly ReplicaFact[];
  readonly assets: readonly AssetFact[];
}

/** The folded state of the ledger. Every write is one transaction. */
export interface CollateralStore {
  loadCursor(chainId: number): Promise<FoldCursor | undefined>;
  loadReplicas(): Promise<readonly ReplicaFact[]>;
  loadAssets(): Promise<readonly AssetFact[]>;
  /** Gives the lines that exist for these keys, in any order. */
  loadLines(keys: readonly { readonly account: Bytes32; readonly assetId: number }[]): Promise<readonly LineFact[]>;
  loadLinesOf(account: Bytes32): Promise<readonly LineFact[]>;
  loadParkedOf(account: Bytes32, limit: number): Promise<readonly ParkedCreditFact[]>;
  /** Gives lines ascending by (account, asset) after a key, at most `limit`. */
  loadLinesAfter(
    key: { readonly account: Bytes32; readonly assetId: number } | undefined,
    limit: number,
  ): Promise<readonly LineFact[]>;
  saveStep(step: FoldStep): Promise<void>;
  countAccounts(): Promise<{ readonly accounts: number; readonly lines: number; readonly parked: number }>;
}
