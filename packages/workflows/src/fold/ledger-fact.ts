import type { Address, Bytes32 } from '@surety/domain';

/** Why a credit is parked, as the ledger numbers them. @source ICollateralLedger.ParkReason */
export const PARK_REASONS = ['NONE', 'UNCONFIRMED', 'CAP', 'LIMIT', 'UNLISTED', 'SLOTS', 'SEASON', 'FEE'] as const;

/** The name of a park reason. */
export type ParkReason = (typeof PARK_REASONS)[number];

/** A source was listed with its edge. */
export interface SourceListedFact {
  readonly kind: 'source-listed';
  readonly source: number;
  readonly edge: Bytes32;
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

/** Entries from + 1 … to of an edge were applied; plain credits follow from the entries themselves. */
export interface AppliedFact {
  readonly kind: 'applied';
  readonly edge: Bytes32;
  readonly from: bigint;
  readonly to: bigint;
  readonly head: Bytes32;
  /** Account that the batch's fees are credited to, per asset once. */
  readonly feeTo: Bytes32;
}

/** A credit was parked under a number: the entry's own, or for FEE the last entry's that paid into the fees. */
export interface ParkedFact {
  readonly kind: 'parked';
  readonly source: number;
  /** Sequence number: generation · 2^64 + n. */
  readonly index: bigint;
  readonly account: Bytes32;
  readonly vaultAsset: number;
  /** With the fee. */
  readonly amount: bigint;
  readonly fee: bigint;
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

/** An entry entered the head and had no other effect. */
export interface RefusedFact {
  readonly kind: 'refused';
  readonly source: number;
  readonly index: bigint;
}

/** A line began or ceased to count. */
export interface EnabledFact {
  readonly kind: 'enabled';
  readonly account: Bytes32;
  readonly assetId: number;
  readonly on: boolean;
}

/** One thing that the ledger's events say, in the order of the chain. */
export type LedgerFact =
  SourceListedFact | AssetListedFact | AppliedFact | ParkedFact | UnparkedFact | RefusedFact | EnabledFact;
