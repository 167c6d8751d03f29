import {
  type Bytes32,
  ENTRY_BYTES,
  type JournalPosition,
  type Keccak256,
  type TxHash,
  concatBytes,
} from '@surety/domain';
import { entriesAfter } from '../intake/adopted-entries.js';
import type { EntryFact, IntakeStore } from '../intake/intake-store.js';
import type { Intake } from '../intake/intake.js';
import { findAnchor } from './find-anchor.js';
import { followError } from './fold-errors.js';
import type { BatchInput, JournalEntrySource } from './journal-entry-source.js';
import { type ReplicaFact, generationOf, nameOf } from './replica-fact.js';

/** A batch that a replica applied: entries from + 1 … to of an edge lead to `head`. */
export interface ReplayedBatch {
  /** First name of the edge. */
  readonly edge: Bytes32;
  /** Number of rewinds of the replica. */
  readonly generation: number;
  readonly from: bigint;
  readonly to: bigint;
  readonly head: Bytes32;
  readonly txHash?: TxHash;
}

/** A batch as logged, under the name in its statement. */
export type ToldBatch = Omit<ReplayedBatch, 'generation'>;

/** Sources of the entries of replayed batches. */
export interface EntrySupplyPorts {
  readonly entries: JournalEntrySource;
  readonly intake: Intake;
  readonly store: IntakeStore;
  readonly keccak256: Keccak256;
  /** Reads the entries in a transaction's call to the replica; undefined if it called another function. */
  readonly readBatchInput: (txHash: TxHash, signal?: AbortSignal) => Promise<BatchInput | undefined>;
}

/** Resolves the names of logged batches to first names and generations; a replica that is not known yet was never rewound. */
export function batchesOf(told: readonly ToldBatch[], replicas: readonly ReplicaFact[]): ReplayedBatch[] {
  return told.map((batch) => {
    const replica = replicas.find((one) => nameOf(one) === batch.edge);
    return {
      ...batch,
      edge: replica?.edge ?? batch.edge,
      generation: replica === undefined ? 0 : generationOf(replica),
    };
  });
}

/**
 * Supplies the entries of replayed batches: from attesters' posts, from the journal's own chain, or from the
 * transaction that applied them. Entries of the last kind may be in no journal: members signed what was never
 * journaled, or its chain lost it.
 */
export class EntrySupply {
  readonly #ports: EntrySupplyPorts;
  /** Entries that the last call of `ensure` confirmed, so that a rebuild need not load what it has just stored. */
  readonly #fresh = new Map<Bytes32, { readonly from: bigint; readonly packed: Uint8Array }>();

  constructor(ports: EntrySupplyPorts) {
    this.#ports = ports;
  }

  /** Records the heads that a replica applied, and reads missing entries from their origin chain. */
  async ensure(batches: readonly ReplayedBatch[], signal: AbortSignal | undefined): Promise<void> {
    const { intake, entries } = this.#ports;
    const lacking = new Map<Bytes32, bigint>();
    this.#fresh.clear();
    for (const { edge, generation, to, head } of batches) {
      // Entries before a rewind no longer belong to the edge.
      if (intake.book(edge)?.generation !== generation) continue;
      await intake.adoptAppliedHead(edge, { count: to, head });
      if ((intake.book(edge)?.position.count ?? 0n) < to) lacking.set(edge, to);
      else lacking.delete(edge);
    }
    for (const [edge, to] of lacking) {
      const book = intake.book(edge);
      if (book === undefined) continue;
      const { known, position } = book;
      const anchor = await findAnchor(this.#ports.store, edge, position.count);
      const located = await entries.readEntriesAfter({ known, position, to, anchor }, signal);
      const [first] = located?.locations ?? [];
      if (located === undefined || first === undefined) continue;
      const from = first.index - 1n;
      const adopted = await intake.adoptEntries(edge, { from, ...located });
      const skip = Number(position.count - from);
      const packed = located.packed.subarray(skip * ENTRY_BYTES, (skip + adopted) * ENTRY_BYTES);
      if (adopted > 0) this.#fresh.set(edge, { from: position.count, packed });
    }
  }

  /**
   * Returns the packed entries of a batch from a position on, as far as they are stored or can be read.
   * @throws FOLD_MISMATCH if the stored ones lead elsewhere and no others are found.
   */
  async load(batch: ReplayedBatch, start: JournalPosition, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const held = this.#freshOf(batch) ?? (await this.#heldOf(batch));
    if (held !== undefined) return held;
    const read = await this.#readInput(batch, start, signal);
    if (read !== undefined) return read;
    const { edge, from, to, head } = batch;
    const facts = await this.#ports.store.loadEntries({ edge, from, to, limit: Number(to - from) });
    const last = facts.at(-1);
    // The journal's own loop may have stored them since they were looked for: then they lead to the head.
    if (last?.index === to && last.head !== head) {
      throw followError(
        'FOLD_MISMATCH',
        `the entries held of ${edge} fold to ${last.head} at ${to}, the replica applied ${head}`,
      );
    }
    return packedOf(facts);
  }

  /** Returns the entry that a replica held under one name, by its hash; undefined if it is not stored. */
  async loadOne(
    { edge, generation, index }: Pick<ReplayedBatch, 'edge' | 'generation'> & { readonly index: bigint },
    isIt: (packed: Uint8Array) => boolean,
  ): Promise<Uint8Array | undefined> {
    const { store } = this.#ports;
    const own = await store.loadReplicaEntries({ edge, generation, from: index - 1n, to: index });
    const found = [...own, ...(await store.loadEntriesAt(edge, [index]))];
    return found.find(({ packed }) => isIt(packed))?.packed;
  }

  #freshOf({ edge, from, to }: ReplayedBatch): Uint8Array | undefined {
    const fresh = this.#fresh.get(edge);
    // They fold to a signed or applied head, so no entry before that head can differ.
    if (fresh === undefined || from < fresh.from) return undefined;
    const [start, end] = [Number(from - fresh.from) * ENTRY_BYTES, Number(to - fresh.from) * ENTRY_BYTES];
    return end <= fresh.packed.length ? fresh.packed.subarray(start, end) : undefined;
  }

  /** Returns the edge's own entries, or above some point those that the replica held, if they lead to the batch's head. */
  async #heldOf({ edge, generation, from, to, head }: ReplayedBatch): Promise<Uint8Array | undefined> {
    const { store } = this.#ports;
    const length = Number(to - from);
    const own = await store.loadEntries({ edge, from, to, limit: length });
    if (own.length === length && own.at(-1)?.head === head) return packedOf(own);
    const replica = await store.loadReplicaEntries({ edge, generation, from, to });
    const [first] = replica;
    if (first === undefined) return undefined;
    const whole = [...own.filter(({ index }) => index < first.index), ...replica];
    return whole.length === length && whole.at(-1)?.head === head ? packedOf(whole) : undefined;
  }

  async #readInput(
    batch: ReplayedBatch,
    start: JournalPosition,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array | undefined> {
    const { intake, store, keccak256, readBatchInput } = this.#ports;
    const { edge, generation, from, to, head, txHash } = batch;
    const book = intake.book(edge);
    const input = txHash === undefined ? undefined : await readBatchInput(txHash, signal);
    if (book === undefined || input === undefined || input.from > from || start.count !== from) return undefined;
    const skip = Number(from - input.from) * ENTRY_BYTES;
    const packed = input.packed.subarray(skip, skip + Number(to - from) * ENTRY_BYTES);
    const facts = entriesAfter(start, { from, packed }, { book, keccak256 });
    if (facts.at(-1)?.index !== to || facts.at(-1)?.head !== head) return undefined;
    const isOwn = book.known.direction === 'to-ledger' && book.generation === generation;
    const adopted = isOwn ? await intake.adoptEntries(edge, { from, packed }) : 0;
    if (adopted > 0 && (intake.book(edge)?.position.count ?? 0n) >= to) return packed;
    await store.saveReplicaEntries({ edge, generation }, facts);
    return packed;
  }
}

function packedOf(facts: readonly EntryFact[]): Uint8Array {
  return concatBytes(...facts.map((entry) => entry.packed));
}
