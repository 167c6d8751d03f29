import { type Bytes32, sequenceNumber } from '@surety/domain';
import type { ReplicaFact } from './collateral-rows.js';
import { foldError } from './fold-errors.js';

/** How far a replica has come on its way to its next generation. */
export interface EdgeCrossing {
  /** Name of the edge that takes its place. */
  readonly next: Bytes32;
  /** Count at which the generation ends. */
  readonly point: bigint;
  /** Entries past this count are undone; it falls to the point. */
  readonly undone: bigint;
}

/** A replica begins to be closed at a point. */
export interface EdgeClosingFact {
  readonly kind: 'edge-closing';
  readonly edge: Bytes32;
  readonly next: Bytes32;
  readonly count: bigint;
  readonly head: Bytes32;
}

/** The entries of a replica past a count are undone. */
export interface EdgeUndoneFact {
  readonly kind: 'edge-undone';
  readonly edge: Bytes32;
  readonly count: bigint;
}

/** A generation took the place of the one before. */
export interface EdgeOpenedFact {
  readonly kind: 'edge-opened';
  readonly edge: Bytes32;
  readonly previous: Bytes32;
  readonly generation: number;
}

/** One step of a replica to its next generation. */
export type CrossingFact = EdgeClosingFact | EdgeUndoneFact | EdgeOpenedFact;

/** Says whether a fact is a step of a replica to its next generation. */
export function isCrossing(fact: { readonly kind: string }): fact is CrossingFact {
  return fact.kind === 'edge-closing' || fact.kind === 'edge-undone' || fact.kind === 'edge-opened';
}

/*
 * A replica's way from one generation to the next, as both ends tell it:
 *
 *   applied …  →  edge-closing (point ≤ count)  →  undone entries, the last one first  →  edge-undone (count)  →  …
 *              →  edge-undone (the point)  →  edge-opened: the next generation stands at 0, this one as it stood
 */

/** Gives the generation of a replica or journal. */
export function generationOf({ generation = 0 }: Pick<ReplicaFact, 'generation'>): number {
  return generation;
}

/** Begins the way. @throws FACT_GAP if it has begun, or the point does not lie on the replica. */
export function closeAt(replica: ReplicaFact, { edge, next, count, head }: EdgeClosingFact): ReplicaFact {
  const known = count === replica.count ? replica.head : count === 0n ? replica.edge : head;
  if (edge !== replica.edge || replica.crossing !== undefined || count > replica.count || head !== known) {
    throw gap(`${edge} is closed at ${count} (${head})`, replica);
  }
  return { ...replica, crossing: { next, point: count, undone: replica.count } };
}

/** Undoes one entry by its sequence number. @throws FACT_GAP unless it lies between the point and what is undone. */
export function undoEntry(replica: ReplicaFact, seq: bigint): ReplicaFact {
  const { crossing } = replica;
  const n = seq - sequenceNumber(generationOf(replica), 0n);
  if (crossing === undefined || n <= crossing.point || n > crossing.undone) {
    throw gap(`entry ${seq} is undone`, replica);
  }
  return { ...replica, crossing: { ...crossing, undone: n - 1n } };
}

/** Notes that everything past a count is undone. @throws FACT_GAP unless the way leads on there. */
export function undoTo(replica: ReplicaFact, { edge, count }: EdgeUndoneFact): ReplicaFact {
  const { crossing } = replica;
  if (edge !== replica.edge || crossing === undefined || count < crossing.point || count > crossing.undone) {
    throw gap(`${edge} is undone to ${count}`, replica);
  }
  return { ...replica, crossing: { ...crossing, undone: count } };
}

/**
 * Opens the next generation of a replica: gives the one that was closed, and the next one. What its reader takes the edge for is said
 * just before, and meant for the next one. @throws FACT_GAP unless all past the point is undone and it is the one that was named.
 */
export function openNext(
  replica: ReplicaFact,
  { edge, previous, generation }: EdgeOpenedFact,
): { readonly closed: ReplicaFact; readonly next: ReplicaFact } {
  const { crossing, source, chainId, originChainId, vault, condition } = replica;
  const isDue = crossing?.next === edge && crossing.undone === crossing.point;
  if (!isDue || previous !== replica.edge || generation !== generationOf(replica) + 1) {
    throw gap(`generation ${generation} opens as ${edge}`, replica);
  }
  const next = { chainId, edge, source, originChainId, vault, generation, count: 0n, head: edge };
  return {
    closed: { ...replica, condition: { state: 'CLOSED', until: 0n, cause: 'generation' } },
    next: condition === undefined ? next : { ...next, condition },
  };
}

function gap(told: string, { edge, count, crossing }: ReplicaFact): Error {
  const way = crossing === undefined ? 'is not closed' : `is undone to ${crossing.undone} of ${crossing.point}`;
  return foldError('FACT_GAP', `${told} while ${edge} stands at ${count} and ${way}; read the missing logs`);
}
