import { type Bytes32, ENTRY_BYTES, type JournalPosition, concatBytes } from '@surety/domain';
import type {
  AttestationLog,
  AttestationStep,
  DeliveryMark,
  JournalCursor,
  QueuedStatement,
} from '../ports/attestation-log.js';
import type { EntryLocation, LocatedEntries } from '../ports/origin-chain.js';

interface Journal {
  cursor: JournalCursor;
  packed: Uint8Array[];
  locations: EntryLocation[];
  statements: QueuedStatement[];
  cuts: JournalPosition[];
}

/** A watcher's log in memory. */
export class MemoryAttestationLog implements AttestationLog {
  readonly #journals = new Map<Bytes32, Journal>();
  readonly #delivered = new Map<string, DeliveryMark>();
  #sequence = 0;
  /** Thrown by `commit` while set. */
  failure: Error | undefined;

  async begin(cursor: JournalCursor): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    this.#journals.set(cursor.edge, { cursor, packed: [], locations: [], statements: [], cuts: [] });
    for (const key of this.#delivered.keys()) if (key.startsWith(`${cursor.edge}:`)) this.#delivered.delete(key);
  }

  async loadCursor(edge: Bytes32): Promise<JournalCursor | undefined> {
    return this.#journals.get(edge)?.cursor;
  }

  async commit(step: AttestationStep): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    const { cursor } = step;
    const journal = this.#journals.get(cursor.edge) ?? { cursor, packed: [], locations: [], statements: [], cuts: [] };
    this.#journals.set(cursor.edge, journal);
    journal.cursor = cursor;
    const from = Number(step.from);
    step.entries.locations.forEach((location, at) => {
      journal.locations[from + at] = location;
      journal.packed[from + at] = step.entries.packed.subarray(at * ENTRY_BYTES, (at + 1) * ENTRY_BYTES);
    });
    journal.cuts.push(...step.cuts);
    for (const signed of step.signed) journal.statements.push({ ...signed, sequence: ++this.#sequence });
  }

  async loadEntries(edge: Bytes32, from: bigint, limit: number): Promise<LocatedEntries> {
    const journal = this.#journals.get(edge);
    const range = [Number(from), Number(from) + limit] as const;
    return {
      packed: concatBytes(...(journal?.packed.slice(...range) ?? [])),
      locations: journal?.locations.slice(...range) ?? [],
    };
  }

  async loadStatements(edge: Bytes32, afterSequence: number, limit: number): Promise<readonly QueuedStatement[]> {
    const statements = this.#journals.get(edge)?.statements ?? [];
    return statements.filter(({ sequence }) => sequence > afterSequence).slice(0, limit);
  }

  async loadSequenceBelow(edge: Bytes32, count: bigint): Promise<number> {
    const statements = this.#journals.get(edge)?.statements ?? [];
    const first = statements.find(({ statement }) => statement.count > count) ?? statements.at(-1);
    return first === undefined ? 0 : first.sequence - 1;
  }

  async loadCuts(edge: Bytes32, limit: number): Promise<readonly JournalPosition[]> {
    return (this.#journals.get(edge)?.cuts ?? []).slice(-limit);
  }

  async loadCutsAbove(edge: Bytes32, count: bigint, limit: number): Promise<readonly JournalPosition[]> {
    return (this.#journals.get(edge)?.cuts ?? []).filter((cut) => cut.count > count).slice(0, limit);
  }

  async loadDelivered(edge: Bytes32, aggregator: string): Promise<DeliveryMark> {
    return this.#delivered.get(`${edge}:${aggregator}`) ?? { entryCount: 0n, sequence: 0 };
  }

  async saveDelivered(edge: Bytes32, aggregator: string, mark: DeliveryMark): Promise<void> {
    this.#delivered.set(`${edge}:${aggregator}`, mark);
  }
}
