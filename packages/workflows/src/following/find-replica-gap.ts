import {
  type Bytes32,
  type Edge,
  type JournalPosition,
  type Keccak256,
  type Rewound,
  ZERO_WORD,
  bytesToHex,
  edgeName,
} from '@surety/domain';
import { type ReplicaFact, generationOf, nameOf } from './replica-fact.js';
import type { EdgeOpenedFact, RewindingFact, UnwoundFact } from './replica-rewind.js';

/** A replica's position before some facts. */
export type ReplicaStart = Pick<ReplicaFact, 'edge' | 'name' | 'generation' | 'count' | 'head' | 'rewind'> &
  Partial<Pick<ReplicaFact, 'source'>>;

/** A replica's position as its chain proves it. */
export interface ProvenReplica extends JournalPosition {
  /** Name in statements, 0 while it was never rewound. */
  readonly name: Bytes32;
  /** Name at the end of a running rewind, 0 while none runs. */
  readonly next: Bytes32;
  /** The newest rewind, running or over: its point, and the count past which it has unwound; both 0 before the first one. */
  readonly rewind: { readonly point: bigint; readonly count: bigint };
}

/** Returns the name that an edge takes by a rewind; undefined if the edge's ends are not known. */
export type NameAfter = (edge: Bytes32, rewound: Rewound) => Bytes32 | undefined;

/** Returns the names of some edges after a rewind. A name commits to the head of its point. */
export function namesAfter(
  edges: readonly { readonly edgeId: Bytes32; readonly edge: Edge }[],
  keccak256: Keccak256,
): NameAfter {
  return (id, rewound) => {
    const known = edges.find(({ edgeId }) => edgeId === id);
    return known === undefined ? undefined : edgeName(known.edge, rewound, keccak256);
  };
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
  nameAfter: NameAfter,
): string | undefined {
  const steps = facts.filter(isStep);
  for (const [at, start] of from.entries()) {
    const end = proven[at];
    const led = lead(start, steps, nameAfter);
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
    const gap = findRewindGap(led, end);
    if (gap !== undefined) return `the logs of replica ${edge} ${gap}`;
  }
  return undefined;
}

/** Describes where the newest rewind differs from the proven one. It stays proven when it is over. */
function findRewindGap({ way, point }: Led, { rewind }: ProvenReplica): string | undefined {
  if (point !== undefined && point !== rewind.point) {
    return `rewind it to ${point}, its proof says ${rewind.point}`;
  }
  if (way !== undefined && way.left !== rewind.count) {
    return `unwind it to ${way.left}, its proof says ${rewind.count}`;
  }
  return undefined;
}

/** A step of a rewind at the ledger names its source. */
type Step = BatchFact | EdgeOpenedFact | ((RewindingFact | UnwoundFact) & { readonly source?: number });

function isStep(fact: { readonly kind: string }): fact is Step {
  return ['applied', 'rewinding', 'unwound', 'edge-opened'].includes(fact.kind);
}

/**
 * Returns a replica's position after its steps, or a text if they do not follow each other. Steps of other replicas are
 * ignored.
 */
function lead(start: ReplicaStart, steps: readonly Step[], nameAfter: NameAfter): string | Led {
  const { edge, rewind } = start;
  let at: Led = { name: nameOf(start), generation: generationOf(start), count: start.count, head: start.head };
  if (rewind !== undefined) {
    const { next, point, count: left } = rewind;
    at = { ...at, way: { next, ...point, left, source: start.source }, point: point.count };
  }
  for (const step of steps) {
    const led = advance(at, step, (head) => nameAfter(edge, { generation: at.generation + 1, previousHead: head }));
    if (typeof led === 'string') return `replica ${edge} ${led}`;
    at = led;
  }
  return at;
}

/** Returns the position after one step, or a text if it does not follow. A step of another replica changes nothing. */
function advance(at: Led, step: Step, nameAt: (head: Bytes32) => Bytes32 | undefined): string | Led {
  const { way } = at;
  if (step.kind === 'unwound') {
    const isOwn = step.source === undefined || step.source === way?.source;
    return way === undefined || !isOwn ? at : { ...at, way: { ...way, left: step.count } };
  }
  if ((step.kind === 'edge-opened' ? step.previous : step.edge) !== at.name) return at;
  if (step.kind === 'rewinding') {
    const { next, count, head, source } = step;
    const name = nameAt(head);
    if (name !== undefined && name !== next) return `is rewound to head ${head}, which names it ${name}, not ${next}`;
    return { ...at, way: { next, count, head, left: at.count, source }, point: count };
  }
  if (step.kind === 'edge-opened') {
    if (way?.next !== step.edge) {
      return `opens as ${step.edge}; ${way === undefined ? 'no rewind runs' : `${way.next} is next`}`;
    }
    const { count, head } = way;
    return { name: step.edge, generation: at.generation + 1, count, head, point: count };
  }
  if (step.from !== at.count) return `has a batch that begins at ${step.from}, the one before ended at ${at.count}`;
  return { ...at, count: step.to, head: step.head };
}

/** The position after steps, the target of a running rewind, and the point of the newest one. */
interface Led extends JournalPosition {
  readonly name: Bytes32;
  /** Number of rewinds that are over. */
  readonly generation: number;
  readonly way?: JournalPosition & {
    readonly next: Bytes32;
    /** Entries past this count are unwound. */
    readonly left: bigint;
    readonly source: number | undefined;
  };
  readonly point?: bigint;
}

/** Returns a hash that identifies some facts. */
export function digestOf(facts: unknown, keccak256: Keccak256): string {
  const text = JSON.stringify(facts, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
  return bytesToHex(keccak256(new TextEncoder().encode(text)));
}
