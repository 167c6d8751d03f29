import { type Bytes32, type JournalPosition, type Keccak256, ZERO_WORD, bytesToHex } from '@surety/domain';
import { type ReplicaFact, nameOf } from './replica-fact.js';
import type { EdgeOpenedFact, RewindingFact } from './replica-rewind.js';

/** A replica's position before some facts. */
export type ReplicaStart = Pick<ReplicaFact, 'edge' | 'name' | 'count' | 'head' | 'rewind'>;

/** A replica's position as its chain proves it. */
export interface ProvenReplica extends JournalPosition {
  /** Name in statements, 0 while it was never rewound. */
  readonly name: Bytes32;
  /** Name at the end of a running rewind, 0 while none runs. */
  readonly next: Bytes32;
}

/** A batch as logged. */
interface BatchFact {
  readonly kind: 'applied';
  readonly edge: Bytes32;
  readonly from: bigint;
  readonly to: bigint;
  readonly head: Bytes32;
}

/**
 * Describes where the batches and rewinds of some replicas do not lead from the known positions to the proven ones;
 * undefined if they all do.
 */
export function findReplicaGap(
  facts: readonly { readonly kind: string }[],
  from: readonly ReplicaStart[],
  proven: readonly ProvenReplica[],
): string | undefined {
  const steps = facts.filter(isStep);
  for (const [at, start] of from.entries()) {
    const end = proven[at];
    const led = lead(start, steps);
    if (typeof led === 'string') return led;
    const { edge } = start;
    // A replica that is not listed yet has an empty head, a listed one without entries has its first name as head.
    const head = end?.head === ZERO_WORD ? edge : end?.head;
    if (end?.count !== led.count || head !== led.head) {
      return `the logs lead replica ${edge} to count ${led.count}, its proof says ${end?.count}`;
    }
    const name = end.name === ZERO_WORD ? edge : end.name;
    const next = led.way?.next ?? ZERO_WORD;
    if (name !== led.name || end.next !== next) {
      return `the logs name replica ${edge} ${led.name}, and next ${next}; its proof says ${name} and ${end.next}`;
    }
  }
  return undefined;
}

type Step = BatchFact | RewindingFact | EdgeOpenedFact;

function isStep(fact: { readonly kind: string }): fact is Step {
  return fact.kind === 'applied' || fact.kind === 'rewinding' || fact.kind === 'edge-opened';
}

/**
 * Returns a replica's position after its steps, or a text if they do not follow each other. Steps of other replicas are
 * ignored.
 */
function lead(start: ReplicaStart, steps: readonly Step[]): string | Led {
  const { edge, rewind } = start;
  let at: Led = { name: nameOf(start), count: start.count, head: start.head };
  if (rewind !== undefined) at = { ...at, way: { next: rewind.next, ...rewind.point } };
  for (const step of steps) {
    if ((step.kind === 'edge-opened' ? step.previous : step.edge) !== at.name) continue;
    if (step.kind === 'rewinding') {
      at = { ...at, way: { next: step.next, count: step.count, head: step.head } };
    } else if (step.kind === 'edge-opened') {
      if (at.way?.next !== step.edge) {
        return `replica ${edge} opens as ${step.edge}; ${at.way === undefined ? 'no rewind runs' : `${at.way.next} is next`}`;
      }
      at = { name: step.edge, count: at.way.count, head: at.way.head };
    } else {
      if (step.from !== at.count)
        return `a batch of ${at.name} begins at ${step.from}, the one before ended at ${at.count}`;
      at = { ...at, count: step.to, head: step.head };
    }
  }
  return at;
}

/** The position after steps, and the target of a running rewind. */
interface Led extends JournalPosition {
  readonly name: Bytes32;
  readonly way?: JournalPosition & { readonly next: Bytes32 };
}

/** Returns a hash that identifies some facts. */
export function digestOf(facts: unknown, keccak256: Keccak256): string {
  const text = JSON.stringify(facts, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
  return bytesToHex(keccak256(new TextEncoder().encode(text)));
}
