import type { Address, Bytes32 } from '@surety/domain';
import type { FoldCursor } from '../following/fold-cursor.js';
import type { ReplicaFact } from '../following/replica-fact.js';
import type { AssetListedFact, ParkReason } from './ledger-fact.js';

/** One (account, asset) of the ledger, in units: what of a unit counts is the asset's coverage. */
export interface LineFact {
  readonly account: Bytes32;
  readonly assetId: number;
  readonly amount: bigint;
  /** Part of the amount that neither counts for initial nor leaves before `seasonEnd`; says nothing any more once that has come. */
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
  /** True if the asset's own sum of parked credit has it in; what was parked before its asset was listed is in none. */
  readonly isSummed: boolean;
}

/** An asset that the ledger lists. */
export type AssetFact = Omit<AssetListedFact, 'kind'>;

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
  /** Parked under a limit of the asset; what was parked before it was listed is in no sum. */
  readonly parked: bigint;
  /** Ever debited by releases, and ever brought back from releases that a vault stopped. */
  readonly released: bigint;
  readonly refunded: bigint;
}

/**
 * The coverage of an asset as the ledger uses it, and what a rewind left unsettled. Coverages are WAD.
 * @source LedgerStorage.sol
 */
export interface CoverageFact {
  readonly source: number;
  readonly vaultAsset: number;
  /** Coverage that margins multiply by. */
  readonly inForceWad: bigint;
  /** Coverage that the vault reported last. */
  readonly reportedWad: bigint;
  /** Block time in seconds of the first report of less than is in force, 0 while the asset is not impaired. */
  readonly impairedSince: bigint;
  /** Number of the worst report since then; says nothing while the asset is not impaired. 0 if it was unwound. */
  readonly saidSeq: bigint;
  /** Number of the LOST entry that the vault has not answered, 0 for none. */
  readonly lostSeq: bigint;
  /** Units of its orphans: credits past the point of a rewind that have neither come again nor been taken back. */
  readonly orphaned: bigint;
  /** Units that were taken back, were not there, and are not reported to the vault yet. */
  readonly missing: bigint;
  /** Units that were reported missing, came after all, and are not reported to the vault yet. */
  readonly found: bigint;
}

/** Entries of the same bytes that credited past the point of a rewind. */
export interface OrphanRow {
  readonly source: number;
  /** keccak256 of the packed entry. */
  readonly entryHash: Bytes32;
  readonly vaultAsset: number;
  /** 95 bytes. */
  readonly packed: Uint8Array;
  /** Number of them that have neither come again nor been taken back. */
  readonly count: number;
  /** Units of those that were taken back and were not there. A row with both at zero is removed. */
  readonly spent: bigint;
}

/** A stopped release that came back. */
export interface RefundFact {
  readonly source: number;
  /** Number of the release. */
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
  /** Opted in since the step before, and left since; an account and protocol is in at most one of them. */
  readonly optIns: readonly OptInFact[];
  readonly optOuts: readonly OptInFact[];
  readonly refunds: readonly RefundFact[];
  /** Refunds that are undone: the releases' records are written again. */
  readonly undone: readonly Pick<RefundFact, 'source' | 'seq'>[];
  readonly coverages: readonly CoverageFact[];
  readonly orphans: readonly OrphanRow[];
}

/** The folded state of the ledger. Every write is one transaction. */
export interface CollateralStore {
  loadCursor(chainId: number): Promise<FoldCursor | undefined>;
  /** Gives the replicas that live on a chain. */
  loadReplicas(chainId: number): Promise<readonly ReplicaFact[]>;
  loadJournals(): Promise<readonly JournalFact[]>;
  loadSums(): Promise<readonly AssetSumsFact[]>;
  /** Gives the protocols that an account opted in to, ascending. */
  loadProtocolsOf(account: Bytes32): Promise<readonly Address[]>;
  loadAssets(): Promise<readonly AssetFact[]>;
  /** Gives all coverages that were ever reported, ascending by (source, vault asset). */
  loadCoverages(): Promise<readonly CoverageFact[]>;
  /** Gives the rows that exist for these entries of a source, in any order. */
  loadOrphans(source: number, entryHashes: readonly Bytes32[]): Promise<readonly OrphanRow[]>;
  /** Gives a source's entries of which orphans are left, ascending by hash after one. */
  loadOrphansAfter(source: number, entryHash: Bytes32 | undefined, limit: number): Promise<readonly OrphanRow[]>;
  /** Gives which of some releases of a source came back. */
  loadRefunds(source: number, seqs: readonly bigint[]): Promise<readonly RefundFact[]>;
  /** Gives the lines that exist for these keys, in any order. */
  loadLines(keys: readonly { readonly account: Bytes32; readonly assetId: number }[]): Promise<readonly LineFact[]>;
  loadLinesOf(account: Bytes32): Promise<readonly LineFact[]>;
  /** Gives the credit that is parked under a number. */
  loadParked(source: number, index: bigint): Promise<ParkedCreditFact | undefined>;
  /** Gives a source's parked credits past a number, ascending by it. */
  loadParkedAfter(source: number, index: bigint, limit: number): Promise<readonly ParkedCreditFact[]>;
  loadParkedOf(account: Bytes32, limit: number): Promise<readonly ParkedCreditFact[]>;
  /** Gives lines ascending by (account, asset) after a key, at most `limit`. */
  loadLinesAfter(
    key: { readonly account: Bytes32; readonly assetId: number } | undefined,
    limit: number,
  ): Promise<readonly LineFact[]>;
  saveStep(step: FoldStep): Promise<void>;
  countAccounts(): Promise<{ readonly accounts: number; readonly lines: number; readonly parked: number }>;
}
