import type { Bytes32 } from '@surety/domain';
import { type NoteAppliedPorts, noteApplied } from '../following/note-applied.js';
import type { ReplicaFact } from '../following/replica-fact.js';
import type { BlockName } from '../intake/intake-store.js';
import type { LocatedEntries } from '../ports/origin-chain.js';
import type { SettlementReader } from './settlement-reader.js';

/** Ports of {@link LedgerGlance}. */
export interface LedgerGlancePorts extends NoteAppliedPorts {
  readonly reader: SettlementReader;
}

/**
 * The ledger's newest block by one provider's word, for display only. A replica is never shown above what k members
 * have signed or the fold has proven, so a lie can only show early what will soon be true.
 */
export class LedgerGlance {
  readonly #ports: LedgerGlancePorts;
  #newest: BlockName | undefined;
  #requested: ReadonlyMap<Bytes32, LocatedEntries> = new Map();

  constructor(ports: LedgerGlancePorts) {
    this.#ports = ports;
  }

  /** The newest block that was read. */
  get newest(): BlockName | undefined {
    return this.#newest;
  }

  /** Returns the releases of an edge requested in blocks that are not final yet. */
  requestedOf(edge: Bytes32): LocatedEntries | undefined {
    return this.#requested.get(edge);
  }

  /** Polls once. @throws the reader's errors. */
  async look(
    replicas: readonly ReplicaFact[],
    finalHeight: bigint | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { reader, intake } = this.#ports;
    // A vault may be configured before the ledger lists it; the ledger's views revert for such a source.
    const folded = new Map(replicas.map((replica) => [replica.edge, replica.count]));
    const edges = intake.books.map((book) => book.known).filter((known) => folded.has(known.edgeId));
    const newest = await reader.readNewest({ edges, after: finalHeight ?? 0n }, signal);
    this.#newest = newest.block;
    this.#requested = newest.released;
    for (const [edge, { name, count }] of newest.replicas) {
      // Under another name its counts and signatures differ: leave it to the fold.
      if (intake.book(edge)?.name !== name) continue;
      await noteApplied({ edge, count, folded: folded.get(edge) ?? 0n }, this.#ports);
    }
    for (const [edge, { locations }] of newest.released) {
      const last = locations.at(-1)?.index;
      if (last !== undefined) await intake.noteRequested(edge, last);
    }
  }
}
