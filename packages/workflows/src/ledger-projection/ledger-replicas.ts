import type { Bytes32, JournalPosition } from '@surety/domain';
import { ChangingRows } from '../following/changing-rows.js';
import { foldError } from '../following/fold-errors.js';
import { type ReplicaFact, nameOf } from '../following/replica-fact.js';
import { stepBack, unwindEntry } from '../following/replica-rewind.js';
import type { LedgerFact, LedgerRewindFact, SourceListedFact, SourceStateFact } from './ledger-fact.js';

/** The ledger's replicas of its vaults' journals, by the edges' first names. */
export class LedgerReplicas extends ChangingRows<Bytes32, ReplicaFact> {
  readonly #chainId: number;

  constructor(chainId: number, replicas: readonly ReplicaFact[]) {
    super(({ edge }) => edge, replicas);
    this.#chainId = chainId;
  }

  /** Returns the replica of a source. */
  ofSource(source: number): ReplicaFact | undefined {
    return this.all.find((replica) => replica.source === source);
  }

  /** Returns the source of the replica with a name, or that gets it by one of some facts. @throws UNKNOWN_EDGE. */
  sourceOf(name: Bytes32, facts: readonly LedgerFact[]): number {
    const opened = facts.find((fact) => fact.kind === 'edge-opened' && fact.edge === name);
    return opened?.kind === 'edge-opened' ? opened.source : this.#requireNamed(name).source;
  }

  /** Adds a source's replica. Returns false if it is already known. */
  list({ source, edge, originChainId, vault }: SourceListedFact): boolean {
    if (this.byKey.has(edge)) return false;
    this.put({ chainId: this.#chainId, edge, source, originChainId, vault, count: 0n, head: edge });
    return true;
  }

  /**
   * Returns the replica of a batch that starts at the replica's count.
   * @throws UNKNOWN_EDGE; FACT_GAP, also during a rewind.
   */
  requireAt(name: Bytes32, from: bigint): ReplicaFact {
    const replica = this.#requireNamed(name);
    if (from === replica.count && replica.rewind === undefined) return replica;
    const stands = replica.rewind === undefined ? `stands at ${replica.count}` : 'is being rewound';
    throw foldError('FACT_GAP', `a batch of ${name} begins at ${from}, the replica ${stands}; read the missing logs`);
  }

  /** Sets a replica's position after a batch. */
  advance(replica: ReplicaFact, { count, head }: JournalPosition): void {
    this.put({ ...replica, count, head });
  }

  /** Records the ledger's state of a source. */
  judge({ source, state, until, cause }: SourceStateFact): void {
    const replica = this.ofSource(source);
    if (replica !== undefined) this.put({ ...replica, condition: { state, until, cause } });
  }

  /** Records that one entry of a source is unwound. @throws UNKNOWN_EDGE, FACT_GAP. */
  unwind(source: number, seq: bigint): void {
    this.put(unwindEntry(this.#requireSource(source), seq));
  }

  /** Applies a step of a rewind. @throws UNKNOWN_EDGE, FACT_GAP. */
  stepBack(fact: LedgerRewindFact): void {
    this.put(stepBack(this.#requireSource(fact.source), fact));
  }

  #requireNamed(name: Bytes32): ReplicaFact {
    const replica = this.all.find((one) => nameOf(one) === name);
    if (replica !== undefined) return replica;
    throw foldError(
      'UNKNOWN_EDGE',
      `a batch names edge ${name}, and no log lists its source or opens it; read the missing logs`,
    );
  }

  #requireSource(source: number): ReplicaFact {
    const replica = this.ofSource(source);
    if (replica !== undefined) return replica;
    throw foldError('UNKNOWN_EDGE', `source ${source} is rewound but no log lists it; read the missing logs`);
  }
}
