import type { BlockHeight, Bytes32, Rewound } from '@surety/domain';
import { SOURCE_STATES, type SourceState } from '@surety/margin';
import type { AttestedStatement } from './aggregator-api.js';
import type { LandOutcome } from './transactions.js';

/** State of a source's replica; NONE is a source that was never listed. */
export type ReplicaState = 'NONE' | SourceState;

/** The states in the ledger's order, so that its number is the place in this list. @source ReplicaLib.sol */
export const REPLICA_STATES: readonly ReplicaState[] = ['NONE', ...(Object.keys(SOURCE_STATES) as SourceState[])];

/** A contract's applied position in one edge's journal, at one of its newest blocks. */
export interface ReplicaPosition {
  readonly source: number;
  /** Name that statements about the journal carry now. */
  readonly edge: Bytes32;
  /** The rewind behind its name; null while it is being rewound. */
  readonly rewound: Rewound | null;
  readonly count: bigint;
  readonly head: Bytes32;
  /** Origin block time in seconds of the newest accepted statement for this very count. */
  readonly asOf: bigint;
  readonly state: ReplicaState;
  /** Age in seconds from which the source counts less. */
  readonly staleAfterS: bigint;
  /** The destination's block that was read, and its time in seconds. */
  readonly height: BlockHeight;
  readonly timestamp: bigint;
}

/** Entries with the statement that reaches past them: what a replica takes at once. */
export interface EntryBatch {
  /** Count before the first of the entries. */
  readonly from: bigint;
  /** 95 bytes each, `from` < n ≤ the statement's count. */
  readonly packed: Uint8Array;
  readonly attested: AttestedStatement;
  /** Counts of these entries, at most 4, ascending, whose heads are stored for witnesses; none unless given. */
  readonly marks?: readonly bigint[];
}

/** The outcome of a batch. A batch that a witness contradicted at a mark recorded that and applied nothing. */
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
  /** Block time in seconds of the first report of less than is in force, 0 while the asset is not impaired. */
  readonly impairedSince: bigint;
  /** Time in seconds that the source's own clock must reach for `cover`, 0 while the asset is not impaired. */
  readonly coverFrom: bigint;
  /** Number of the loss that the vault has not answered, 0 for none. */
  readonly lostSeq: bigint;
  /** Units that a rewind left as orphans: they come again, or are taken back. */
  readonly orphaned: bigint;
  /** Units taken back and not there, or found after all, that the vault must be informed of. */
  readonly missing: bigint;
  readonly found: bigint;
}

/** An asset by the numbers that it has at its vault and at the ledger. */
export interface AssetNumbers {
  readonly source: number;
  readonly vaultAsset: number;
  /** Ledger-wide. */
  readonly assetId: number;
}

/** The ledger as a relayer uses it. Implemented by `@surety/transactions`. */
export interface Ledger {
  /** Reads a replica at the newest block. @throws RPC_UNAVAILABLE (retryable). */
  readReplica(source: number, signal?: AbortSignal): Promise<ReplicaPosition>;
  /** Applies a batch; fees of the entries go to the account the ledger was built with. @throws as `TransactionSender.land`. */
  apply(batch: LedgerBatch, signal?: AbortSignal): Promise<BatchOutcome>;
  /** Posts a newer statement of the replica's own position. @throws as `TransactionSender.land`. */
  refresh(source: number, attested: AttestedStatement, signal?: AbortSignal): Promise<LandOutcome>;
  /** Makes the risk manager take what the feeds of these price slots hold now. @throws as `TransactionSender.land`. */
  poke(slots: readonly number[], signal?: AbortSignal): Promise<PokeOutcome>;
  /** Brings a parked credit to its line if its reason is gone; its fee goes to the relayer's account. @throws as `TransactionSender.land`. */
  unpark(credit: { readonly source: number; readonly index: bigint }, signal?: AbortSignal): Promise<LandOutcome>;
  /** Takes over what the verifier says of a source's edge: halted, in recovery, or neither any more. @throws as `TransactionSender.land`. */
  noteHalt(source: number, signal?: AbortSignal): Promise<LandOutcome>;
  /** Reads what the ledger counts of an asset. @throws RPC_UNAVAILABLE (retryable), NO_LEDGER. */
  readCoverage(asset: AssetNumbers, signal?: AbortSignal): Promise<AssetCoverage>;
  /** Puts the reported coverage of an asset in force. @throws as `TransactionSender.land`. */
  cover(assetId: number, signal?: AbortSignal): Promise<LandOutcome>;
  /** Takes an orphan back from the account that it credited. @throws as `TransactionSender.land`. */
  takeBack(
    orphan: { readonly source: number; readonly packed: Uint8Array },
    signal?: AbortSignal,
  ): Promise<LandOutcome>;
  /**
   * Informs the vault how many units of an asset are permanently missing, or found again.
   * @throws as `TransactionSender.land`.
   */
  writeOff(asset: AssetNumbers, signal?: AbortSignal): Promise<LandOutcome>;
  /** Reads what the ledger keeps of a release until it came back, see `refundRecord`; 0 if nothing. @throws as `readCoverage`. */
  readReleased(release: { readonly source: number; readonly seq: bigint }, signal?: AbortSignal): Promise<Bytes32>;
  /** Returns the current cost of unparking one credit, in wei. @throws RPC_UNAVAILABLE (retryable). */
  readUnparkCostWei(signal?: AbortSignal): Promise<bigint>;
  /** Stops preferring the provider that is read first: its answers led nowhere. */
  distrustProvider(): void;
}

/** A credit that waits for its reason to go, by its source's word: its reader asks the ledger. */
export interface ParkedCredit {
  /** Number under which it is parked. */
  readonly index: bigint;
  /** The vault's number of the asset. */
  readonly vaultAsset: number;
  readonly amount: bigint;
  /** Paid to the caller that unparks it. */
  readonly fee: bigint;
  readonly reason: string;
}

/** Source of parked credits for a relayer. Its answers are verified. */
export interface ParkedHints {
  /** Credits of a source past `after`, ascending by number: a page of 256, or the rest. */
  readParked(source: number, after: bigint, signal?: AbortSignal): Promise<readonly ParkedCredit[]>;
}

/** An entry of which an orphan is left, by its source's word: its reader asks the ledger. */
export interface OpenOrphan {
  /** keccak256 of the packed entry. */
  readonly entryHash: Bytes32;
  /** 95 bytes. */
  readonly packed: Uint8Array;
}

/** Source of remaining orphans for a relayer. Its answers are verified. */
export interface OrphanHints {
  /** Those of a source past a hash, ascending by it: a page of 256, or the rest. */
  readOrphans(source: number, after: Bytes32 | undefined, signal?: AbortSignal): Promise<readonly OpenOrphan[]>;
}

/** The replica at the end of one edge, in either direction: what a relay loop reads and feeds. */
export interface EdgeReplica {
  /** Reads it at the newest block. @throws RPC_UNAVAILABLE (retryable). */
  read(signal?: AbortSignal): Promise<ReplicaPosition>;
  /** Replays entries. @throws as `TransactionSender.land`. */
  apply(batch: EntryBatch, signal?: AbortSignal): Promise<BatchOutcome>;
  /** Posts a newer statement of its own position. @throws as `TransactionSender.land`. */
  refresh(attested: AttestedStatement, signal?: AbortSignal): Promise<LandOutcome>;
  /** Stops preferring the provider that is read first: its answers led nowhere. */
  distrustProvider(): void;
}
