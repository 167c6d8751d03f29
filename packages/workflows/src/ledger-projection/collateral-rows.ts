import type { Address, Bytes32 } from '@surety/domain';
import type { FoldCursor } from '../following/fold-cursor.js';
import type { ReplicaFact } from '../following/replica-fact.js';
import type { AccountChange } from './account-change.js';
import type { AssetListedFact, ParkReason, SourceListedFact } from './ledger-fact.js';

/** One (account, asset) of the ledger, in units; the asset's coverage determines their worth. */
export interface LineFact {
  readonly account: Bytes32;
  readonly assetId: number;
  readonly amount: bigint;
  /**
   * Part of the amount that neither counts for the initial grade nor can be released before `seasonEnd`; meaningless
   * afterwards.
   */
  readonly unseasoned: bigint;
  /** Seconds. */
  readonly seasonEnd: bigint;
  /** True if the line has effect on the account's margin. */
  readonly enabled: boolean;
}

/** A credit without effect on margin until the reason for parking it is gone. */
export interface ParkedCreditFact {
  readonly source: number;
  readonly index: bigint;
  readonly account: Bytes32;
  readonly vaultAsset: number;
  readonly amount: bigint;
  readonly fee: bigint;
  readonly reason: ParkReason;
  /** True if it is included in its asset's sum of parked credit; credits parked before their asset was listed are not. */
  readonly isSummed: boolean;
}

/** An asset that the ledger lists. */
export type AssetFact = Omit<AssetListedFact, 'kind'>;

/** The ledger's listing of a source and its edges. */
export type SourceListing = Omit<SourceListedFact, 'kind'>;

/** The position of the ledger's own journal toward one vault. */
export interface JournalFact {
  readonly edge: Bytes32;
  readonly source: number;
  readonly count: bigint;
  readonly head: Bytes32;
}

/** The sums of all lines and parked credits of one asset, in token units. */
export interface AssetSumsFact {
  readonly assetId: number;
  readonly lines: bigint;
  /** Parked under a limit of the asset; credits parked before it was listed are not included. */
  readonly parked: bigint;
  /** Total debited by releases, and total credited back from stopped releases. */
  readonly released: bigint;
  readonly refunded: bigint;
}

/**
 * The coverage of an asset at the ledger, and the amounts that a rewind left unsettled. Coverages are WAD.
 * @source LedgerStorage.sol
 */
export interface CoverageFact {
  readonly source: number;
  readonly vaultAsset: number;
  /** Coverage that margins multiply by. */
  readonly inForceWad: bigint;
  /** Coverage that the vault last reported. */
  readonly reportedWad: bigint;
  /** Block time in seconds of the first report below the coverage in force, 0 while the asset is not impaired. */
  readonly impairedSince: bigint;
  /** Index of the worst report since then, 0 if it was unwound; meaningless while the asset is not impaired. */
  readonly saidSeq: bigint;
  /** Index of the LOST entry that the vault has not answered, 0 for none. */
  readonly lostSeq: bigint;
  /** Units of its orphans: credits above the point of a rewind that have neither come again nor been taken back. */
  readonly orphaned: bigint;
  /** Taken-back units that the account no longer had, not yet reported to the vault. */
  readonly missing: bigint;
  /** Units reported missing that came after all, not yet reported to the vault. */
  readonly found: bigint;
}

/** Identical entries that credited above the point of a rewind. */
export interface OrphanRow {
  readonly source: number;
  /** keccak256 of the packed entry. */
  readonly entryHash: Bytes32;
  readonly vaultAsset: number;
  /** 95 bytes. */
  readonly packed: Uint8Array;
  /** Number of them that have neither come again nor been taken back. */
  readonly count: number;
  /** Units of those taken back that the account no longer had. A row with both fields at zero is removed. */
  readonly spent: bigint;
}

/** A stopped release that was credited back. */
export interface RefundFact {
  readonly source: number;
  /** Index of the release. */
  readonly seq: bigint;
  readonly vaultAsset: number;
  readonly amount: bigint;
}

/** A protocol that may require margin of an account. */
export interface OptInFact {
  readonly account: Bytes32;
  readonly protocol: Address;
}

/** The result of folding a range of blocks, stored in one transaction with its cursor. */
export interface FoldStep {
  readonly cursor: FoldCursor;
  readonly lines: readonly LineFact[];
  readonly parked: readonly ParkedCreditFact[];
  readonly unparked: readonly { readonly source: number; readonly index: bigint }[];
  readonly replicas: readonly ReplicaFact[];
  readonly assets: readonly AssetFact[];
  readonly journals: readonly JournalFact[];
  readonly sums: readonly AssetSumsFact[];
  /** Opt-ins and opt-outs since the previous step; an account and protocol is in at most one of them. */
  readonly optIns: readonly OptInFact[];
  readonly optOuts: readonly OptInFact[];
  readonly refunds: readonly RefundFact[];
  /** Refunds that were undone; the ledger stores the releases' records again. */
  readonly undone: readonly Pick<RefundFact, 'source' | 'seq'>[];
  readonly coverages: readonly CoverageFact[];
  readonly orphans: readonly OrphanRow[];
  /** Changes of accounts since the previous step, in the order of the chain. */
  readonly history: readonly AccountChange[];
}

/** Changes of accounts, which steps of a fold add to. */
export interface HistoryStore {
  /** Returns an account's changes before a position, newest first; the newest of all without one. */
  loadHistory(account: Bytes32, before: bigint | undefined, limit: number): Promise<readonly AccountChange[]>;
  /** Returns the last block of a chain whose changes an earlier version did not write down; undefined if all are there. */
  loadHistoryGap(chainId: number): Promise<bigint | undefined>;
}

/** The folded state of the ledger. Every write is one transaction. */
export interface CollateralStore {
  loadCursor(chainId: number): Promise<FoldCursor | undefined>;
  /** Returns the replicas that live on a chain; that of a vault beside the ledger is among them. */
  loadReplicas(chainId: number): Promise<readonly ReplicaFact[]>;
  loadJournals(): Promise<readonly JournalFact[]>;
  loadSums(): Promise<readonly AssetSumsFact[]>;
  /** Returns the protocols that an account opted in to, ascending. */
  loadProtocolsOf(account: Bytes32): Promise<readonly Address[]>;
  loadAssets(): Promise<readonly AssetFact[]>;
  /** Returns all coverages ever reported, ascending by (source, vault asset). */
  loadCoverages(): Promise<readonly CoverageFact[]>;
  /** Returns the existing rows for these entries of a source, in any order. */
  loadOrphans(source: number, entryHashes: readonly Bytes32[]): Promise<readonly OrphanRow[]>;
  /** Returns a source's entries with orphans left, ascending by hash after one. */
  loadOrphansAfter(source: number, entryHash: Bytes32 | undefined, limit: number): Promise<readonly OrphanRow[]>;
  /** Returns the refunds of some releases of a source, where they exist. */
  loadRefunds(source: number, seqs: readonly bigint[]): Promise<readonly RefundFact[]>;
  /** Returns the existing lines for these keys, in any order. */
  loadLines(keys: readonly { readonly account: Bytes32; readonly assetId: number }[]): Promise<readonly LineFact[]>;
  loadLinesOf(account: Bytes32): Promise<readonly LineFact[]>;
  /** Returns the credit parked under an index; undefined if there is none. */
  loadParked(source: number, index: bigint): Promise<ParkedCreditFact | undefined>;
  /** Returns a source's parked credits above an index, ascending. */
  loadParkedAfter(source: number, index: bigint, limit: number): Promise<readonly ParkedCreditFact[]>;
  loadParkedOf(account: Bytes32, limit: number): Promise<readonly ParkedCreditFact[]>;
  /** Returns lines ascending by (account, asset) after a key, at most `limit`. */
  loadLinesAfter(
    key: { readonly account: Bytes32; readonly assetId: number } | undefined,
    limit: number,
  ): Promise<readonly LineFact[]>;
  saveStep(step: FoldStep): Promise<void>;
  countAccounts(): Promise<{ readonly accounts: number; readonly lines: number; readonly parked: number }>;
}
