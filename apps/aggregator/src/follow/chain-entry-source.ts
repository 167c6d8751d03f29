import type { OriginChainReader } from '@surety/chain';
import type { BlockHeight, Bytes32, JournalPosition } from '@surety/domain';
import { AppError } from '@surety/domain';
import type { EntrySource, JournalSpec, KnownEdge, LocatedEntries, Observer } from '@surety/workflows';

/** One vault's journal with the reader of its chain. */
export interface JournalReader {
  readonly chain: OriginChainReader;
  readonly journal: JournalSpec;
}

/**
 * Reads entries from their origin chain: the whole journal up to a final block, proven and folded. It is kept while the
 * fold catches up with it, so that a rebuild walks each journal once.
 */
export class ChainEntrySource implements EntrySource {
  readonly #journals: ReadonlyMap<Bytes32, JournalReader>;
  readonly #observer: Observer;
  readonly #kept = new Map<Bytes32, LocatedEntries>();

  constructor(journals: ReadonlyMap<Bytes32, JournalReader>, observer: Observer) {
    this.#journals = journals;
    this.#observer = observer;
  }

  async readEntriesAfter(
    known: KnownEdge,
    position: JournalPosition,
    signal?: AbortSignal,
  ): Promise<LocatedEntries | undefined> {
    const kept = this.#kept.get(known.edgeId);
    if (kept !== undefined && (kept.locations.at(-1)?.index ?? 0n) > position.count) return kept;
    this.#kept.delete(known.edgeId);
    const reader = this.#journals.get(known.edgeId);
    if (reader === undefined) return undefined;
    try {
      const entries = await readWhole(reader, signal);
      this.#kept.set(known.edgeId, entries);
      this.#observer.observe({
        name: 'journal-walked',
        level: 'info',
        fields: { edge: known.edgeId, count: entries.locations.length },
      });
      return entries;
    } catch (cause) {
      const code = cause instanceof AppError ? cause.code : 'UNKNOWN';
      this.#observer.observe({ name: 'journal-walk-failed', level: 'warn', fields: { edge: known.edgeId, code } });
      return undefined;
    }
  }

  /** Forgets what was kept: the fold has caught up. */
  release(): void {
    this.#kept.clear();
  }
}

async function readWhole({ chain, journal }: JournalReader, signal: AbortSignal | undefined): Promise<LocatedEntries> {
  const block = await chain.readFinalTip(signal);
  const after: JournalPosition = { count: 0n, head: journal.edgeId };
  const below = journal.fromBlock > 0n ? journal.fromBlock - 1n : 0n;
  const { entries } = await chain.readFrame({ journal, block, after, afterBlock: below as BlockHeight }, signal);
  return entries;
}
