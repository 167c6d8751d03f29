import type { Bytes32, Keccak256 } from '@surety/domain';
import type { ReplicaFact } from '../following/replica-fact.js';
import type { AssetFact, AssetSumsFact, CoverageFact, FoldStep, JournalFact, OptInFact } from './collateral-rows.js';
import type { OptedFact } from './ledger-fact.js';

/** Returns the packed entries `from` + 1 … `to` of the batch with a statement under this name. */
export type EntryLookup = (name: Bytes32, from: bigint, to: bigint) => Uint8Array;

/** State that the logs of an unwinding transaction do not contain. */
export interface UnwindLookup {
  /** Returns an entry held by a source's replica, by its index; undefined if it is not held. */
  readonly entryAt: (source: number, seq: bigint) => Uint8Array | undefined;
  /** Time in seconds of the transaction's block. */
  readonly atS: bigint;
}

/** For transactions that unwind nothing. */
export const NOTHING_UNWOUND: UnwindLookup = { entryAt: () => undefined, atS: 0n };

/** A key of a line. */
export interface LineKey {
  readonly account: Bytes32;
  readonly assetId: number;
}

/** A state's changes since they were last taken. */
export type CollateralChanges = Omit<FoldStep, 'cursor'>;

/** A step that changes nothing. */
export const NO_CHANGES: CollateralChanges = {
  lines: [],
  parked: [],
  unparked: [],
  replicas: [],
  assets: [],
  journals: [],
  sums: [],
  optIns: [],
  optOuts: [],
  refunds: [],
  undone: [],
  coverages: [],
  orphans: [],
  history: [],
};

/** Returns the last opt-in or opt-out of each account and protocol. */
export function optingOf(facts: readonly OptedFact[]): Pick<CollateralChanges, 'optIns' | 'optOuts'> {
  const named = (isIn: boolean): OptInFact[] =>
    facts.filter((fact) => fact.in === isIn).map(({ account, protocol }) => ({ account, protocol }));
  return { optIns: named(true), optOuts: named(false) };
}

/** A state's start, as stored. */
export interface CollateralStart {
  /** Chain of the ledger. */
  readonly chainId: number;
  readonly keccak256: Keccak256;
  readonly replicas?: readonly ReplicaFact[];
  readonly assets?: readonly AssetFact[];
  readonly journals?: readonly JournalFact[];
  readonly sums?: readonly AssetSumsFact[];
  readonly coverages?: readonly CoverageFact[];
}
