import type { OriginChainReader } from '@surety/chain';
import {
  AppError,
  type BlockHeight,
  type Bytes32,
  type JournalPosition,
  concatBytes,
  mulDivDown,
  mulDivUp,
} from '@surety/domain';
import type { EntriesWanted, JournalEntrySource, JournalSpec, LocatedEntries, Observer } from '@surety/workflows';

/** One vault's journal with the reader of its chain. */
export interface JournalReader {
  readonly chain: Pick<OriginChainReader, 'readFinalTip' | 'readFinalBlock' | 'readFrame'>;
  readonly journal: JournalSpec;
}

/** Failures of a step that asked for too much at once: half of its blocks is tried next. */
const TOO_MUCH: ReadonlySet<string> = new Set(['CALL_LIMIT', 'LOG_LIMIT']);

/** A step that passed lets the next one grow by this part: where a limit was met it is met again rarely. */
const GROWTH_PARTS = 8n;

/** The state of a walk along one journal. Everything up to it is proven. */
interface Walk {
  /** Count after which its parts begin. */
  from: bigint;
  position: JournalPosition;
  block: bigint;
  /** Most blocks of the next step. */
  blocksMax: bigint;
  parts: LocatedEntries[];
}

/**
 * Reads entries from their origin chain, proven and folded up to a final block: from the newest held position, or from the first
 * entry if a poster's word on its block was wrong. It walks the whole way at once if the call budget allows, and otherwise
 * halves the step until one succeeds; each step ends at a final block of its own. A walk is kept while the fold catches up, so a
 * rebuild walks each journal once, and a stopped walk resumes where it was.
 */
export class ChainEntrySource implements JournalEntrySource {
  readonly #journals: ReadonlyMap<Bytes32, JournalReader>;
  readonly #observer: Observer;
  readonly #walks = new Map<Bytes32, Walk>();

  constructor(journals: ReadonlyMap<Bytes32, JournalReader>, observer: Observer) {
    this.#journals = journals;
    this.#observer = observer;
  }

  async readEntriesAfter(wanted: EntriesWanted, signal?: AbortSignal): Promise<LocatedEntries | undefined> {
    const { edgeId } = wanted.known;
    const reader = this.#journals.get(edgeId);
    if (reader === undefined) return undefined;
    const { anchor, position } = wanted;
    const held = this.#walks.get(edgeId);
    let walk = held === undefined || held.from > position.count ? startOf(reader.journal, anchor) : held;
    let begun = await this.#walkTo(reader, walk, wanted.to, signal);
    if (!begun && anchor !== undefined) {
      walk = startOf(reader.journal, undefined);
      begun = await this.#walkTo(reader, walk, wanted.to, signal);
    }
    if (!begun) return undefined;
    dropUpTo(walk, position.count);
    this.#walks.set(edgeId, walk);
    return walk.position.count > position.count ? joined(walk.parts) : undefined;
  }

  release(): void {
    this.#walks.clear();
  }

  /**
   * Walks until a count or the chain's final tip is reached. A failing step is reported, and the walk stays where it was. True
   * if the walk has proven anything, now or before.
   */
  async #walkTo(
    { chain, journal }: JournalReader,
    walk: Walk,
    to: bigint,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const edge = journal.edgeId;
    const from = walk.position.count;
    try {
      while (walk.position.count < to) {
        // Read again for each step: no provider may prove a long past tip.
        const tip = await chain.readFinalTip(signal);
        if (tip.height <= walk.block) break;
        const last = walk.block + walk.blocksMax;
        const block = last < tip.height ? await chain.readFinalBlock(last as BlockHeight, signal) : tip;
        await this.#step({ chain, journal }, walk, block, signal);
      }
      const count = walk.position.count - from;
      if (count > 0n) this.#observer.observe({ name: 'journal-walked', level: 'info', fields: { edge, from, count } });
    } catch (cause) {
      const code = codeOf(cause);
      this.#observer.observe({ name: 'journal-walk-failed', level: 'warn', fields: { edge, from, code } });
    }
    return walk.parts.length > 0;
  }

  async #step(
    { chain, journal }: JournalReader,
    walk: Walk,
    block: Awaited<ReturnType<JournalReader['chain']['readFinalTip']>>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const afterBlock = walk.block as BlockHeight;
    try {
      const frame = await chain.readFrame({ journal, block, after: walk.position, afterBlock }, signal);
      walk.parts.push(frame.entries);
      walk.position = frame.position;
      walk.block = block.height;
      walk.blocksMax += mulDivUp(walk.blocksMax, 1n, GROWTH_PARTS);
    } catch (cause) {
      const blocks = block.height - afterBlock;
      if (!TOO_MUCH.has(codeOf(cause)) || blocks <= 1n) throw cause;
      walk.blocksMax = mulDivDown(blocks, 1n, 2n);
    }
  }
}

/** A walk that begins at an anchor, or in front of the journal's first block. */
function startOf(journal: JournalSpec, anchor: EntriesWanted['anchor']): Walk {
  const below = journal.fromBlock > 0n ? journal.fromBlock - 1n : 0n;
  const position = anchor?.position ?? { count: 0n, head: journal.edgeId };
  return { from: position.count, position, block: anchor?.block ?? below, blocksMax: 2n ** 63n, parts: [] };
}

/** Lets go of parts that the fold has all taken in; the last one stays, so that the walk counts as begun. */
function dropUpTo(walk: Walk, count: bigint): void {
  for (let [first, next] = walk.parts; first !== undefined && next !== undefined; [first, next] = walk.parts) {
    const last = walk.from + BigInt(first.locations.length);
    if (last > count) return;
    walk.from = last;
    walk.parts.shift();
  }
}

function joined(parts: readonly LocatedEntries[]): LocatedEntries {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  return {
    packed: concatBytes(...parts.map((part) => part.packed)),
    locations: parts.flatMap((part) => part.locations),
  };
}

function codeOf(cause: unknown): string {
  return cause instanceof AppError ? cause.code : 'UNKNOWN';
}
