import type { Bytes32 } from '@surety/domain';
import { foldError } from './fold-errors.js';
import { type ReplicaFact, generationOf, nameOf } from './replica-fact.js';

/** A replica starts to rewind to a point. */
export interface RewindingFact {
  readonly kind: 'rewinding';
  /** Name in statements until now. */
  readonly edge: Bytes32;
  readonly next: Bytes32;
  readonly count: bigint;
  readonly head: Bytes32;
}

/** The entries of a replica past a count are unwound. */
export interface UnwoundFact {
  readonly kind: 'unwound';
  readonly count: bigint;
}

/** A replica has reached its point: statements carry the next name from here on. */
export interface EdgeOpenedFact {
  readonly kind: 'edge-opened';
  readonly edge: Bytes32;
  readonly previous: Bytes32;
  /** Number of rewinds of the replica. */
  readonly generation: number;
}

/** One step of a rewind. */
export type RewindFact = RewindingFact | UnwoundFact | EdgeOpenedFact;

/** True if a fact is a step of a rewind. */
export function isRewindStep(fact: { readonly kind: string }): boolean {
  return fact.kind === 'rewinding' || fact.kind === 'unwound' || fact.kind === 'edge-opened';
}

/** Splits facts after each opening of a replica: the same indices may then mean different entries. */
export function splitAtOpenings<Fact extends { readonly kind: string }>(facts: readonly Fact[]): readonly Fact[][] {
  const parts: Fact[][] = [[]];
  for (const fact of facts) {
    parts.at(-1)?.push(fact);
    if (fact.kind === 'edge-opened') parts.push([]);
  }
  return parts.filter((part) => part.length > 0);
}

/** Applies a step of a rewind. @throws FACT_GAP unless it follows the replica's state. */
export function stepBack(replica: ReplicaFact, fact: RewindFact): ReplicaFact {
  switch (fact.kind) {
    case 'rewinding':
      return begin(replica, fact);
    case 'unwound':
      return unwindTo(replica, fact);
    case 'edge-opened':
      return open(replica, fact);
  }
}

/** Records that one entry is unwound. @throws FACT_GAP unless it lies between the point and the entries unwound so far. */
export function unwindEntry(replica: ReplicaFact, seq: bigint): ReplicaFact {
  const { rewind } = replica;
  if (rewind === undefined || seq <= rewind.point.count || seq > rewind.count) {
    throw gap(`entry ${seq} is unwound`, replica);
  }
  return { ...replica, rewind: { ...rewind, count: seq - 1n } };
}

function begin(replica: ReplicaFact, { edge, next, count, head }: RewindingFact): ReplicaFact {
  const known = count === replica.count ? replica.head : count === 0n ? replica.edge : head;
  if (edge !== nameOf(replica) || replica.rewind !== undefined || count > replica.count || head !== known) {
    throw gap(`${edge} is rewound to ${count} (${head})`, replica);
  }
  return { ...replica, rewind: { next, point: { count, head }, count: replica.count } };
}

function unwindTo(replica: ReplicaFact, { count }: UnwoundFact): ReplicaFact {
  const { rewind } = replica;
  if (rewind === undefined || count < rewind.point.count || count > rewind.count) {
    throw gap(`it is unwound to ${count}`, replica);
  }
  return { ...replica, rewind: { ...rewind, count } };
}

function open({ rewind, ...replica }: ReplicaFact, { edge, previous, generation }: EdgeOpenedFact): ReplicaFact {
  const isDue = rewind?.next === edge && rewind.count === rewind.point.count;
  if (!isDue || previous !== nameOf(replica) || generation !== generationOf(replica) + 1) {
    throw gap(`it opens as ${edge}, generation ${generation}`, rewind === undefined ? replica : { ...replica, rewind });
  }
  return { ...replica, ...rewind.point, name: edge, generation };
}

function gap(told: string, replica: ReplicaFact): Error {
  const { count, rewind } = replica;
  const way = rewind === undefined ? 'no rewind runs' : `a rewind to ${rewind.point.count} has come to ${rewind.count}`;
  return foldError(
    'FACT_GAP',
    `${told} while ${replica.edge} stands at ${count} under the name ${nameOf(replica)} and ${way}; read the missing logs`,
  );
}
