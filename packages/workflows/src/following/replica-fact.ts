import type { Address, Bytes32, JournalPosition } from '@surety/domain';
import type { ReplicaState } from '../ports/ledger.js';

/** The progress of a running rewind. */
export interface RewindWay {
  /** Name that the replica takes at the point. */
  readonly next: Bytes32;
  /** The position to which it is rewound. */
  readonly point: JournalPosition;
  /** Entries past this count are unwound; it falls to the point. */
  readonly count: bigint;
}

/** A reader's state of an edge. */
export interface EdgeCondition {
  readonly state: ReplicaState;
  /** First time in seconds at which the state ends by itself, 0 if it does not. */
  readonly until: bigint;
  /** The contract's reason; at most 32 characters. */
  readonly cause: string;
}

/** A reader's copy of one journal's position: the ledger's of a vault's journal, or a vault's of the ledger's. */
export interface ReplicaFact {
  /** Chain of the reader: the one whose final blocks this row follows. */
  readonly chainId: number;
  /** First name of the edge. */
  readonly edge: Bytes32;
  readonly source: number;
  /** Chain of the journal. */
  readonly originChainId: number;
  /** The vault at one end. */
  readonly vault: Address;
  readonly count: bigint;
  readonly head: Bytes32;
  /** Number of rewinds, 0 by default. */
  readonly generation?: number;
  /** Name in statements; by default the edge's first name. */
  readonly name?: Bytes32;
  /** The progress of a running rewind. */
  readonly rewind?: RewindWay;
  /** The reader's state of the edge, once known; LIVE before. */
  readonly condition?: EdgeCondition;
}

/** Returns the number of a replica's rewinds. */
export function generationOf({ generation = 0 }: Pick<ReplicaFact, 'generation'>): number {
  return generation;
}

/** Returns a replica's name in statements. */
export function nameOf({ edge, name = edge }: Pick<ReplicaFact, 'edge' | 'name'>): Bytes32 {
  return name;
}
