import type { Address, Bytes32, TxHash } from '@surety/domain';
import type { EdgeCondition } from '../following/replica-fact.js';
import type { RewindFact } from '../following/replica-rewind.js';
import type { EntryLocation } from '../ports/origin-chain.js';

/** Reasons for parking a credit, in the ledger's order. @source LedgerTypes.ParkReason */
export const PARK_REASONS = ['NONE', 'UNCONFIRMED', 'CAP', 'LIMIT', 'UNLISTED', 'SLOTS', 'SEASON', 'FEE'] as const;

/** The name of a park reason. */
export type ParkReason = (typeof PARK_REASONS)[number];

/** A source was listed with its two edges, by their first names. */
export interface SourceListedFact {
  readonly kind: 'source-listed';
  readonly source: number;
  /** From the vault's journal to the ledger. */
  readonly edge: Bytes32;
  /** From the ledger's journal to the vault. */
  readonly outboundEdge: Bytes32;
  readonly originChainId: number;
  readonly vault: Address;
}

/** An asset of a source was listed. */
export interface AssetListedFact {
  readonly kind: 'asset-listed';
  readonly assetId: number;
  readonly source: number;
  readonly vaultAsset: number;
  /** Price slot of the underlying. */
  readonly underlying: number;
  /** Price slot of the asset's own feed, 0 for none. */
  readonly ownPrice: number;
  readonly decimals: number;
}

/** Entries from + 1 … to of an edge were applied. Plain credits follow from the entries themselves. */
export interface AppliedFact {
  readonly kind: 'applied';
  /** Name in the batch's statement. */
  readonly edge: Bytes32;
  readonly from: bigint;
  readonly to: bigint;
  readonly head: Bytes32;
  /** Account credited with the batch's fees, once per asset. */
  readonly feeTo: Bytes32;
  /** Transaction of the batch, by one provider's word; its input may contain the entries. */
  readonly txHash?: TxHash;
}

/**
 * A credit was parked under an index: the entry's own; for FEE, that of the last entry that contributed to the fees.
 */
export interface ParkedFact {
  readonly kind: 'parked';
  readonly source: number;
  readonly index: bigint;
  readonly account: Bytes32;
  readonly vaultAsset: number;
  /** Includes the fee. */
  readonly amount: bigint;
  readonly fee: bigint;
  readonly reason: ParkReason;
}

/** A parked credit stays parked for another reason. */
export interface PostponedFact {
  readonly kind: 'postponed';
  readonly source: number;
  readonly index: bigint;
  readonly reason: ParkReason;
}

/** A parked credit reached its line: amount − fee to the account, the fee to `feeTo`. */
export interface UnparkedFact {
  readonly kind: 'unparked';
  readonly source: number;
  readonly index: bigint;
  readonly account: Bytes32;
  readonly assetId: number;
  readonly amount: bigint;
  readonly fee: bigint;
  readonly feeTo: Bytes32;
}

/** A parked credit was released to its vault. The entry follows from the `journaled` fact in the same transaction. */
export interface ParkedReleasedFact {
  readonly kind: 'parked-released';
  readonly source: number;
  readonly index: bigint;
  readonly account: Bytes32;
  readonly amount: bigint;
}

/** The unseasoned part of a line and its end, from now on. */
export interface UnseasonedFact {
  readonly kind: 'unseasoned';
  readonly account: Bytes32;
  readonly assetId: number;
  /** Token units. */
  readonly unseasoned: bigint;
  /** Seconds. */
  readonly seasonEnd: bigint;
}

/** An entry was added to the head and had no other effect. */
export interface RefusedFact {
  readonly kind: 'refused';
  readonly source: number;
  readonly index: bigint;
}

/** A line started or stopped having an effect on margin. */
export interface EnabledFact {
  readonly kind: 'enabled';
  readonly account: Bytes32;
  readonly assetId: number;
  readonly on: boolean;
}

/** A line was debited, and the ledger's journal toward its vault gained the RELEASE that this fact describes. */
export interface ReleasedFact {
  readonly kind: 'released';
  /** Name of the edge to the vault. */
  readonly edge: Bytes32;
  readonly account: Bytes32;
  readonly assetId: number;
  readonly vaultAsset: number;
  /** Includes the fee. */
  readonly amount: bigint;
  /** Address on the vault's chain, left-padded. */
  readonly recipient: Bytes32;
  readonly fee: bigint;
  /** The entry's location; its index counts the journal's entries from 1. */
  readonly location: EntryLocation;
}

/** The ledger's journal toward a vault gained an entry that debits no line. */
export interface JournaledFact {
  readonly kind: 'journaled';
  /** Name of the edge to the vault. */
  readonly edge: Bytes32;
  /** Wire value of the entry's kind. */
  readonly entryKind: number;
  readonly vaultAsset: number;
  readonly amount: bigint;
  readonly account: Bytes32;
  readonly party: Bytes32;
  /** The entry's location; its index counts the journal's entries from 1. */
  readonly location: EntryLocation;
}

/** A REFUND took effect: a stopped release was credited back to the debited account. */
export interface RefundedFact {
  readonly kind: 'refunded';
  readonly source: number;
  /** Index of the stopped release. */
  readonly seq: bigint;
  readonly account: Bytes32;
  readonly assetId: number;
  /** Units debited: credited, or parked under the REFUND's index, less those found. */
  readonly amount: bigint;
}

/** A REFUND named a release that was never journaled, or already credited back. It changed nothing. */
export interface RefundUnmatchedFact {
  readonly kind: 'refund-unmatched';
  readonly source: number;
  /** Index of the named release. */
  readonly seq: bigint;
  readonly account: Bytes32;
  readonly vaultAsset: number;
  readonly amount: bigint;
}

/** A vault reported the backed part of an asset's units: a SHORTFALL of the batch that follows. */
export interface CoverageReportedFact {
  readonly kind: 'coverage-reported';
  readonly source: number;
  readonly vaultAsset: number;
  /** The reported coverage, WAD, rounded down. */
  readonly coverageWad: bigint;
  /** Coverage in force from now on, WAD. An increase waits for a confirmation if witnesses are required. */
  readonly inForceWad: bigint;
  /** Block time in seconds of the first report below the coverage in force, 0 while the asset is not impaired. */
  readonly impairedSince: bigint;
}

/** The reported coverage of an asset is in force: margins multiply its units by it from now on. */
export interface CoveredFact {
  readonly kind: 'covered';
  readonly source: number;
  readonly vaultAsset: number;
  readonly coverageWad: bigint;
}

/** A LOST that the vault answered is settled, or open again because the answering report was unwound. */
export interface LossFact {
  readonly kind: 'loss-settled' | 'loss-reopened';
  readonly source: number;
  readonly vaultAsset: number;
  /** Index of the LOST entry. */
  readonly lostSeq: bigint;
}

/** A report was unwound: the asset is impaired until its vault reports again, and the coverage in force stays. */
export interface ReportUnwoundFact {
  readonly kind: 'report-unwound';
  readonly source: number;
  readonly vaultAsset: number;
}

/** The ledger changed its state of a source. No proof supports this, so it is only shown to people. */
export interface SourceStateFact extends EdgeCondition {
  readonly kind: 'source-state';
  readonly source: number;
}

/** Units moved between two lines of one asset: a transfer of their owner, or a seizure. */
export interface TransferredFact {
  readonly kind: 'transferred';
  readonly from: Bytes32;
  readonly to: Bytes32;
  readonly assetId: number;
  readonly amount: bigint;
  readonly isSeized: boolean;
}

/** An account opted in to a protocol, which may then require margin, or opted out. */
export interface OptedFact {
  readonly kind: 'opted';
  readonly account: Bytes32;
  readonly protocol: Address;
  readonly in: boolean;
}

/** A protocol asked whether an account's margin covers a changed position. */
export interface GatedFact {
  readonly kind: 'gated';
  readonly account: Bytes32;
}

/**
 * The outcome of one crediting entry during and after a rewind:
 *
 *   orphaned       its credit is an orphan, until it comes again or is taken back
 *   came-again     the entry of an orphan came again, without another effect: the orphan is resolved
 *   found          the entry of a taken-back orphan came after all: `units` of it were spent, and are not credited again
 *   missing-again  a parked credit was deleted that had been parked without the `units` found of it
 */
export interface OrphanFact {
  readonly kind: 'orphaned' | 'came-again' | 'found' | 'missing-again';
  readonly source: number;
  /** Index of the entry; of one that came again, its new index. */
  readonly seq: bigint;
  /** keccak256 of the packed entry. */
  readonly entryHash: Bytes32;
  readonly vaultAsset: number;
  readonly units: bigint;
}

/** An orphan was taken back: `taken` units from its account's line; `missing` units were no longer there. */
export interface TakenBackFact {
  readonly kind: 'taken-back';
  readonly source: number;
  readonly entryHash: Bytes32;
  readonly account: Bytes32;
  readonly vaultAsset: number;
  readonly taken: bigint;
  readonly missing: bigint;
}

/** The ledger informs the vault by a LOST entry: `units` are missing or, if `found`, were reported missing and are not. */
export interface WrittenOffFact {
  readonly kind: 'written-off';
  readonly source: number;
  readonly vaultAsset: number;
  readonly units: bigint;
  readonly found: boolean;
  /** Index of the LOST entry. */
  readonly lostSeq: bigint;
}

/** A parked credit was deleted because its entry was unwound. */
export interface ParkedVoidedFact {
  readonly kind: 'parked-voided';
  readonly source: number;
  readonly index: bigint;
  readonly account: Bytes32;
  readonly amount: bigint;
}

/** A refund was undone: the ledger stores the release's record again. */
export interface RefundUndoneFact {
  readonly kind: 'refund-undone';
  readonly source: number;
  readonly seq: bigint;
}

/** One step of a rewind of a source's replica. */
export type LedgerRewindFact = RewindFact & { readonly source: number };

/** One event of the ledger, in chain order. */
export type LedgerFact =
  | SourceListedFact
  | AssetListedFact
  | AppliedFact
  | ParkedFact
  | PostponedFact
  | UnparkedFact
  | ParkedReleasedFact
  | UnseasonedFact
  | RefusedFact
  | EnabledFact
  | ReleasedFact
  | JournaledFact
  | RefundedFact
  | RefundUnmatchedFact
  | CoverageReportedFact
  | CoveredFact
  | ReportUnwoundFact
  | LossFact
  | SourceStateFact
  | TransferredFact
  | OptedFact
  | GatedFact
  | LedgerRewindFact
  | OrphanFact
  | TakenBackFact
  | WrittenOffFact
  | ParkedVoidedFact
  | RefundUndoneFact;
