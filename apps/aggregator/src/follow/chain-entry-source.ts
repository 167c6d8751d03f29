import type { OriginChainReader } from '@surety/chain';
import { AppError, type BlockHeight, type Bytes32, type JournalPosition } from '@surety/domain';
import type { EntriesWanted, EntrySource, JournalSpec, LocatedEntries, Observer } from '@surety/workflows';

/** One vault's journal with the reader of its chain. */
export interface JournalReader {
  readonly chain: Pick<OriginChainReader, 'readFinalTip' | 'readFrame'>;
  readonly journal: JournalSpec;
}

/**
 * Reads entries from their origin chain, proven and folded up to a final block: from the newest position held, or, if the
 * word of a poster on its block was wrong, from the first. They are kept while the fold catches up with them, so that a
 * rebuild walks each journal once.
 */
export class ChainEntrySource implements EntrySource {
  readonly #journals: ReadonlyMap<Bytes32, JournalReader>;
  readonly #observer: Observer;
  readonly #kept = new Map<Bytes32, LocatedEntries>();

  constructor(journals: ReadonlyMap<Bytes32, JournalReader>, observer: Observer) {
    this.#journals = journals;
    this.#observer = observer;
  }

  async readEntriesAfter(wanted: EntriesWanted, signal?: AbortSignal): Promise<LocatedEntries | undefined> {
    const { edgeId } = wanted.known;
    const kept = this.#kept.get(edgeId);
    if (kept !== undefined && (kept.locations.at(-1)?.index ?? 0n) > wanted.position.count) return kept;
    this.#kept.delete(edgeId);
    const reader = this.#journals.get(edgeId);
    if (reader === undefined) return undefined;
    const entries =
      (await this.#walk(reader, wanted.anchor, signal)) ??
      (wanted.anchor === undefined ? undefined : await this.#walk(reader, undefined, signal));
    if (entries !== undefined) this.#kept.set(edgeId, entries);
    return entries;
  }

  release(): void {
    this.#kept.clear();
  }

  async #walk(
    { chain, journal }: JournalReader,
    anchor: EntriesWanted['anchor'],
    signal: AbortSignal | undefined,
  ): Promise<LocatedEntries | undefined> {
    const edge = journal.edgeId;
    const after: JournalPosition = anchor?.position ?? { count: 0n, head: edge };
    const below = journal.fromBlock > 0n ? journal.fromBlock - 1n : 0n;
    const afterBlock = (anchor?.block ?? below) as BlockHeight;
    try {
      const block = await chain.readFinalTip(signal);
      const { entries } = await chain.readFrame({ journal, block, after, afterBlock }, signal);
      const count = entries.locations.length;
      this.#observer.observe({ name: 'journal-walked', level: 'info', fields: { edge, from: after.count, count } });
      return entries;
    } catch (cause) {
      const code = cause instanceof AppError ? cause.code : 'UNKNOWN';
      this.#observer.observe({ name: 'journal-walk-failed', level: 'warn', fields: { edge, from: after.count, code } });
      return undefined;
    }
  }
}
