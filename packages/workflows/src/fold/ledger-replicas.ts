import type { Bytes32, JournalPosition } from '@surety/domain';
import type { ReplicaFact } from './collateral-rows.js';
import { type CrossingFact, closeAt, generationOf, openNext, undoEntry, undoTo } from './edge-crossing.js';
import { foldError } from './fold-errors.js';
import type { LedgerFact, SourceListedFact, SourceStateFact } from './ledger-fact.js';

/** The ledger's replicas of its vaults' journals, in every generation, and which of them changed. */
export class LedgerReplicas {
  readonly #chainId: number;
  readonly #replicas = new Map<Bytes32, ReplicaFact>();
  #dirty = new Set<Bytes32>();

  constructor(chainId: number, replicas: readonly ReplicaFact[]) {
    this.#chainId = chainId;
    for (const replica of replicas) this.#replicas.set(replica.edge, replica);
  }

  /** All replicas, those of closed generations too, in no order. */
  get all(): readonly ReplicaFact[] {
    return [...this.#replicas.values()];
  }

  /** Gives the replica of a source in its generation of now. */
  ofSource(source: number): ReplicaFact | undefined {
    return newestOf(this.all, source);
  }

  /** Gives a replica that has a batch. @throws UNKNOWN_EDGE. */
  require(edge: Bytes32): ReplicaFact {
    const replica = this.#replicas.get(edge);
    if (replica === undefined) {
      throw foldError('UNKNOWN_EDGE', `edge ${edge} has a batch but no log lists its source; read the missing logs`);
    }
    return replica;
  }

  /** As `require`, but knows an edge too that a fact of the same transaction opens. */
  requireWith(edge: Bytes32, facts: readonly LedgerFact[]): Pick<ReplicaFact, 'source' | 'generation'> {
    const opened = facts.find((fact) => fact.kind === 'edge-opened' && fact.edge === edge);
    if (opened?.kind !== 'edge-opened' || this.#replicas.has(edge)) return this.require(edge);
    return { source: this.requireWith(opened.previous, facts).source, generation: opened.generation };
  }

  /** Adds a source's first replica. Gives false if it is known. */
  list({ source, edge, originChainId, vault }: SourceListedFact): boolean {
    if (this.#replicas.has(edge)) return false;
    this.#put({ chainId: this.#chainId, edge, source, originChainId, vault, count: 0n, head: edge });
    return true;
  }

  /** Moves a replica on by a batch from where it stands. @throws UNKNOWN_EDGE; FACT_GAP, also if it is being closed. */
  requireAt(edge: Bytes32, from: bigint): ReplicaFact {
    const replica = this.require(edge);
    if (from === replica.count && replica.crossing === undefined) return replica;
    const stands = replica.crossing === undefined ? `stands at ${replica.count}` : 'is closed';
    throw foldError('FACT_GAP', `a batch of ${edge} begins at ${from}, the replica ${stands}; read the missing logs`);
  }

  /** Sets where a replica stands after a batch. */
  advance(replica: ReplicaFact, { count, head }: JournalPosition): void {
    this.#put({ ...replica, count, head });
  }

  /** Notes what the ledger takes a source for. */
  judge({ source, state, until, cause }: SourceStateFact): void {
    const replica = this.ofSource(source);
    if (replica !== undefined) this.#put({ ...replica, condition: { state, until, cause } });
  }

  /** Notes that one entry of a source was undone. @throws FACT_GAP. */
  undo(source: number, seq: bigint): void {
    this.#put(undoEntry(this.#requireSource(source), seq));
  }

  /** Takes a step of an edge to its next generation. @throws UNKNOWN_EDGE, FACT_GAP. */
  cross(fact: CrossingFact): void {
    const replica = this.require(fact.kind === 'edge-opened' ? fact.previous : fact.edge);
    if (fact.kind === 'edge-closing') this.#put(closeAt(replica, fact));
    else if (fact.kind === 'edge-undone') this.#put(undoTo(replica, fact));
    else {
      const { closed, next } = openNext(replica, fact);
      this.#put(closed);
      this.#put(next);
    }
  }

  /** Gives the replicas that changed since the last call. */
  takeChanges(): ReplicaFact[] {
    const changed = [...this.#dirty].flatMap((edge) => this.#replicas.get(edge) ?? []);
    this.#dirty = new Set();
    return changed;
  }

  #requireSource(source: number): ReplicaFact {
    const replica = this.ofSource(source);
    if (replica !== undefined) return replica;
    throw foldError('UNKNOWN_EDGE', `source ${source} is undone but no log lists it; read the missing logs`);
  }

  #put(replica: ReplicaFact): void {
    this.#replicas.set(replica.edge, replica);
    this.#dirty.add(replica.edge);
  }
}

/** Gives what is of the newest generation among a source's replicas or journals. */
export function newestOf<Row extends { readonly source: number; readonly generation?: number }>(
  rows: readonly Row[],
  source: number,
): Row | undefined {
  const own = rows.filter((row) => row.source === source);
  return own.reduce<Row | undefined>(
    (newest, row) => (newest === undefined || generationOf(row) > generationOf(newest) ? row : newest),
    undefined,
  );
}
