import { AppError, type Bytes32, ENTRY_BYTES, concatBytes } from '@surety/domain';
import type { IntakeStore } from './fact-store.js';
import type { Intake } from './intake.js';
import { ENTRIES_PER_ANCHOR } from './limits.js';
import type { EntriesWanted, JournalEntrySource } from './settlement-reader.js';

/** A batch that a replica took in: entries from + 1 … to of an edge lead to `head`. */
export interface ReplayedBatch {
  readonly edge: Bytes32;
  readonly from: bigint;
  readonly to: bigint;
  readonly head: Bytes32;
}

/** Where entries of replayed batches come from. */
export interface EntrySupplyPorts {
  readonly entries: JournalEntrySource;
  readonly intake: Intake;
  readonly store: IntakeStore;
}

/** Has the entries of replayed batches ready: those handed in, or else those that the journal's own chain gives. */
export class EntrySupply {
  readonly #ports: EntrySupplyPorts;
  /** Entries that the last call of `ensure` confirmed, so that a rebuild need not read back what it has just written. */
  readonly #fresh = new Map<Bytes32, { readonly from: bigint; readonly packed: Uint8Array }>();

  constructor(ports: EntrySupplyPorts) {
    this.#ports = ports;
  }

  /** Notes the heads that a replica applied, and reads the entries that nobody handed in from their origin chain. */
  async ensure(batches: readonly ReplayedBatch[], signal: AbortSignal | undefined): Promise<void> {
    const { intake, entries } = this.#ports;
    const lacking = new Map<Bytes32, bigint>();
    this.#fresh.clear();
    for (const { edge, to, head } of batches) {
      await intake.adoptAppliedHead(edge, { count: to, head });
      if ((intake.book(edge)?.position.count ?? 0n) < to) lacking.set(edge, to);
      else lacking.delete(edge);
    }
    for (const [edge, to] of lacking) {
      const book = intake.book(edge);
      if (book === undefined) continue;
      const { known, position } = book;
      const anchor = await this.#anchorOf(edge, position.count);
      const located = await entries.readEntriesAfter({ known, position, to, anchor }, signal);
      if (located === undefined) continue;
      const adopted = await intake.adoptEntries(edge, located);
      const skip = located.locations.findIndex((location) => location.index === position.count + 1n);
      const packed = located.packed.subarray(skip * ENTRY_BYTES, (skip + adopted) * ENTRY_BYTES);
      if (adopted > 0) this.#fresh.set(edge, { from: position.count, packed });
    }
  }

  /** Gives the packed entries of a batch, as far as they are held. @throws FOLD_MISMATCH if they lead to another head. */
  async load({ edge, from, to, head }: ReplayedBatch): Promise<Uint8Array> {
    const fresh = this.#fresh.get(edge);
    // It folds to a head that was signed or applied, so no entry before that can be another one.
    if (fresh !== undefined && from >= fresh.from) {
      const [start, end] = [Number(from - fresh.from) * ENTRY_BYTES, Number(to - fresh.from) * ENTRY_BYTES];
      if (end <= fresh.packed.length) return fresh.packed.subarray(start, end);
    }
    const facts = await this.#ports.store.loadEntries({ edge, from, to, limit: Number(to - from) });
    const last = facts.at(-1);
    if (last !== undefined && last.index === to && last.head !== head) {
      throw followError(
        'FOLD_MISMATCH',
        `the entries held of ${edge} fold to ${last.head} at ${to}, the replica applied ${head}`,
      );
    }
    return concatBytes(...facts.map((entry) => entry.packed));
  }

  /** Gives the newest held position that ends a block, so that a walk need not begin at the journal's first block. */
  async #anchorOf(edge: Bytes32, count: bigint): Promise<EntriesWanted['anchor']> {
    const from = count > ENTRIES_PER_ANCHOR ? count - ENTRIES_PER_ANCHOR : 0n;
    const request = { edge, from, to: count, limit: Number(ENTRIES_PER_ANCHOR) };
    const held = await this.#ports.store.loadEntries(request);
    for (let at = held.length - 1; at > 0; at--) {
      const [entry, next] = [held[at - 1], held[at]];
      const block = entry?.location?.blockHeight;
      if (entry === undefined || block === undefined || next?.location === undefined) return undefined;
      if (block < next.location.blockHeight) return { position: { count: entry.index, head: entry.head }, block };
    }
    return undefined;
  }
}

/** Codes of following a chain. */
export type FollowErrorCode = 'FOLD_MISMATCH';

/** Builds an error of following: what was read does not add up, so another provider is asked next. */
export function followError(code: FollowErrorCode, message: string): AppError<FollowErrorCode> {
  return new AppError({ code, message, retryable: true });
}
