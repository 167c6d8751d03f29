import type { BlockHeight, Bytes32, Rewound } from '@surety/domain';
import { SOURCE_STATES, type SourceState } from '@surety/margin';
import type { AttestedStatement } from './aggregator-api.js';
import type { LandOutcome } from './transactions.js';

/** State of a source's replica; NONE if the source was never listed. */
export type ReplicaState = 'NONE' | SourceState;

/** The states in the ledger's order: the index is the ledger's number. @source ReplicaLib.sol */
export const REPLICA_STATES: readonly ReplicaState[] = ['NONE', ...(Object.keys(SOURCE_STATES) as SourceState[])];

/** A contract's applied position in one edge's journal, at one of its newest blocks. */
export interface ReplicaPosition {
  readonly source: number;
  /** Present name of the edge. */
  readonly edge: Bytes32;
  /** The rewind that led to its name; null during a rewind. */
  readonly rewound: Rewound | null;
  readonly count: bigint;
  readonly head: Bytes32;
  /** Origin block time in seconds of the newest accepted statement for exactly this count. */
  readonly asOf: bigint;
  readonly state: ReplicaState;
  /** Age in seconds from which the source's weight falls. */
  readonly staleAfterS: bigint;
  /** The destination's block that was read, and its time in seconds. */
  readonly height: BlockHeight;
  readonly timestamp: bigint;
}

/** Entries with the statement that covers them, applied in one transaction. */
export interface EntryBatch {
  /** Count before the first of the entries. */
  readonly from: bigint;
  /** 95 bytes each, `from` < n ≤ the statement's count. */
  readonly packed: Uint8Array;
  readonly attested: AttestedStatement;
  /**
   * Counts among these entries, at most 4, ascending, whose heads are stored for comparison with witnesses; none by
   * default.
   */
  readonly marks?: readonly bigint[];
}

/** The outcome of a batch. If a witness contradicted a mark, the batch recorded that and applied nothing. */
export type BatchOutcome = LandOutcome & { readonly contradicted?: boolean };

/** The arguments of one `applyEntries` of the ledger. */
export interface LedgerBatch extends EntryBatch {
  readonly source: number;
}

/** The outcome of a poke. A landed one lists the slots whose feed the risk manager skipped. */
export type PokeOutcome =
  | Exclude<LandOutcome, { kind: 'landed' }>
  | (Extract<LandOutcome, { kind: 'landed' }> & { readonly skipped: readonly number[] });

/** The ledger's figures of an asset at one of its newest blocks. Coverage is the backed part of a unit, WAD. */
export interface AssetCoverage {
  /** Coverage that margins multiply by. */
  readonly inForceWad: bigint;
  /** Coverage that the vault last reported. */
  readonly reportedWad: bigint;
  /** Block time in seconds of the first report below the coverage in force, 0 while the asset is not impaired. */
  readonly impairedSince: bigint;
  /** Time on the source's clock, in seconds, from which `cover` is allowed, 0 while the asset is not impaired. */
  readonly coverFrom: bigint;
  /** Index of the loss that the vault has not answered, 0 for none. */
  readonly lostSeq: bigint;
  /** Units of orphans that a rewind left: they come again, or are taken back. */
  readonly orphaned: bigint;
  /** Taken-back units that the account no longer had, still to be reported to the vault. */
  readonly missing: bigint;
  readonly found: bigint;
}

/** An asset by its numbers at vault and ledger. */
export interface AssetNumbers {
  readonly source: number;
  readonly vaultAsset: number;
  /** Unique across the ledger. */
  readonly assetId: number;
}

/** The ledger's interface for relayers. Implemented by `@surety/transactions`. */
export interface Ledger {
  /** Reads a replica at the newest block. @throws RPC_UNAVAILABLE (retryable). */
  readReplica(source: number, signal?: AbortSignal): Promise<ReplicaPosition>;
  /** Applies a batch; the entries' fees go to the configured account. @throws as `TransactionSender.land`. */
  apply(batch: LedgerBatch, signal?: AbortSignal): Promise<BatchOutcome>;
  /** Posts a newer statement of the replica's own position. @throws as `TransactionSender.land`. */
  refresh(source: number, attested: AttestedStatement, signal?: AbortSignal): Promise<LandOutcome>;
  /** Updates the risk manager's prices of these slots from their feeds. @throws as `TransactionSender.land`. */
  poke(slots: readonly number[], signal?: AbortSignal): Promise<PokeOutcome>;
  /**
   * Credits a parked amount to its line if its reason is gone; the fee goes to the relayer's account.
   * @throws as `TransactionSender.land`.
   */
  unpark(credit: { readonly source: number; readonly index: bigint }, signal?: AbortSignal): Promise<LandOutcome>;
  /** Updates the ledger's halt state of a source from its verifier. @throws as `TransactionSender.land`. */
  noteHalt(source: number, signal?: AbortSignal): Promise<LandOutcome>;
  /** Reads the coverage figures of an asset. @throws RPC_UNAVAILABLE (retryable), NO_LEDGER. */
  readCoverage(asset: AssetNumbers, signal?: AbortSignal): Promise<AssetCoverage>;
  /** Puts the reported coverage of an asset in force. @throws as `TransactionSender.land`. */
  cover(assetId: number, signal?: AbortSignal): Promise<LandOutcome>;
  /** Takes an orphan back from the account it was credited to. @throws as `TransactionSender.land`. */
  takeBack(
    orphan: { readonly source: number; readonly packed: Uint8Array },
    signal?: AbortSignal,
  ): Promise<LandOutcome>;
  /**
   * Informs the vault how many units of an asset are permanently missing, or found again.
   * @throws as `TransactionSender.land`.
   */
  writeOff(asset: AssetNumbers, signal?: AbortSignal): Promise<LandOutcome>;
  /**
   * Reads the ledger's record of a release that was not credited back yet, see `refundRecord`; 0 if there is none.
   * @throws as `readCoverage`.
   */
  readReleased(release: { readonly source: number; readonly seq: bigint }, signal?: AbortSignal): Promise<Bytes32>;
  /** Returns the current cost of unparking one credit, in wei. @throws RPC_UNAVAILABLE (retryable). */
  readUnparkCostWei(signal?: AbortSignal): Promise<bigint>;
  /** Stops preferring the current provider, whose responses led nowhere. */
  distrustProvider(): void;
}

/** A parked credit, as its source reports it; callers verify it at the ledger. */
export interface ParkedCredit {
  /** Index under which it is parked. */
  readonly index: bigint;
  /** The vault's number of the asset. */
  readonly vaultAsset: number;
  readonly amount: bigint;
  /** Paid to the caller that unparks it. */
  readonly fee: bigint;
  readonly reason: string;
}

/** Lists parked credits for a relayer. Its responses are verified. */
export interface ParkedHints {
  /** Credits of a source above `after`, ascending: a page of 256, or the rest. */
  readParked(source: number, after: bigint, signal?: AbortSignal): Promise<readonly ParkedCredit[]>;
}

/** An entry with an orphan left, as its source reports it; callers verify it at the ledger. */
export interface OpenOrphan {
  /** keccak256 of the packed entry. */
  readonly entryHash: Bytes32;
  /** The entry: 95 bytes. */
  readonly packed: Uint8Array;
}

/** Lists the remaining orphans for a relayer. Its responses are verified. */
export interface OrphanHints {
  /** Orphans of a source after a hash, ascending by hash: a page of 256, or the rest. */
  readOrphans(source: number, after: Bytes32 | undefined, signal?: AbortSignal): Promise<readonly OpenOrphan[]>;
}

/** The replica at the end of one edge, in either direction. */
export interface EdgeReplica {
  /** Reads it at the newest block. @throws RPC_UNAVAILABLE (retryable). */
  read(signal?: AbortSignal): Promise<ReplicaPosition>;
  /** Replays entries. @throws as `TransactionSender.land`. */
  apply(batch: EntryBatch, signal?: AbortSignal): Promise<BatchOutcome>;
  /** Posts a newer statement of its own position. @throws as `TransactionSender.land`. */
  refresh(attested: AttestedStatement, signal?: AbortSignal): Promise<LandOutcome>;
  /** Stops preferring the current provider, whose responses led nowhere. */
  distrustProvider(): void;
}
