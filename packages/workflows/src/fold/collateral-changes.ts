import type { Bytes32, Keccak256 } from '@surety/domain';
import type {
  AssetFact,
  AssetSumsFact,
  CoverageFact,
  FoldStep,
  JournalFact,
  OptInFact,
  ReplicaFact,
} from './collateral-rows.js';
import type { OptedFact } from './ledger-fact.js';

/** Gives the packed entries `from` + 1 … `to` of an edge. */
export type EntryLookup = (edge: Bytes32, from: bigint, to: bigint) => Uint8Array;

/** A key of a line. */
export interface LineKey {
  readonly account: Bytes32;
  readonly assetId: number;
}

/** What a state changed since it was last taken. */
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
};

/** Gives who opted in and who left, of each account and protocol's last word. */
export function optingOf(facts: readonly OptedFact[]): Pick<CollateralChanges, 'optIns' | 'optOuts'> {
  const named = (isIn: boolean): OptInFact[] =>
    facts.filter((fact) => fact.in === isIn).map(({ account, protocol }) => ({ account, protocol }));
  return { optIns: named(true), optOuts: named(false) };
}

/** What a state begins with, as the store holds it. */
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
