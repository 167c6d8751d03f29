import { layerZeroWitnessAbi } from '@surety/contracts';
import { type Address, type Bytes32, type Hex, type TxHash, bytes32, mulDivDown } from '@surety/domain';
import type { Clock } from '@surety/workflows';
import { decodeEventLog, encodeEventTopics } from 'viem';
import { EarlierPage } from './earlier-page.js';

/** A log as its node returns it. */
export interface ChainEvent {
  readonly txHash: TxHash;
  readonly height: bigint;
  readonly topics: readonly Hex[];
  readonly data: Hex;
}

/** The reads of chain events needed here; `createChainReads` of `@surety/transactions` implements them. */
export interface EventReads {
  readHead(tag: 'latest', signal?: AbortSignal): Promise<{ readonly height: bigint }>;
  /** Seconds of the block at a height. */
  readTime(height: bigint, signal?: AbortSignal): Promise<bigint>;
  /** Logs of one contract with this first topic, in blocks `from` to `to`, both included. */
  readEvents(
    of: { readonly contract: Address; readonly topic: Hex; readonly from: bigint; readonly to: bigint },
    signal?: AbortSignal,
  ): Promise<readonly ChainEvent[]>;
}

/** A published head. */
export interface Publication {
  readonly edge: Bytes32;
  readonly count: bigint;
  readonly txHash: TxHash;
  readonly height: bigint;
}

/**
 * The heads published over one witness, from the origin chain's logs. They are one provider's word, which is safe: a
 * lie costs at most one mark, or one query about a packet.
 */
export interface PublicationBook {
  /**
   * Reads new logs, unless the last poll began less than `olderThanMs` milliseconds ago.
   * @throws RPC_UNAVAILABLE (retryable).
   */
  look(olderThanMs: number, signal?: AbortSignal): Promise<void>;
  /** As `look`, and where no poll is due yet, throws what the last one threw, whoever made it. */
  requireLook(olderThanMs: number, signal?: AbortSignal): Promise<void>;
  /**
   * Reads some blocks before the earliest ones read so far, to find an undelivered publication. Where there are more than are remembered,
   * `list` becomes a page of the oldest that were found. @throws as `look`.
   */
  lookBack(signal?: AbortSignal): Promise<void>;
  /** Moves such a page on once all in it are delivered, at last to the newest publications; does nothing without one. @throws as `look`. */
  lookOn(signal?: AbortSignal): Promise<void>;
  /**
   * Returns the time of a publication's block in milliseconds, at most the time of the first call for it.
   * @throws as `look`.
   */
  readAtMs(publication: Publication, signal?: AbortSignal): Promise<number>;
  /** Returns the newest publications in block order, or the page of earlier ones, of every edge that the witness has served. */
  list(): readonly Publication[];
  /** Returns the first publication of each count of an edge in block order: no repetition pushes one out. */
  firstsOf(edge: Bytes32): readonly Publication[];
}

/** Options of a {@link PublicationBook}. */
export interface PublicationBookOptions {
  readonly reads: EventReads;
  /** The witness contract beside the journal. */
  readonly contract: Address;
  /** The time of day is compared only with the chain's own. */
  readonly clock: Pick<Clock, 'nowMs' | 'elapsedMs'>;
  /** Number of blocks before the first poll that are read. */
  readonly blocksBack: bigint;
  /** Most blocks of one log query, as the chain's providers serve it: `limits.logRangeMax`. */
  readonly rangeBlocks: bigint;
  /** Prefers the chain's next provider; called when a look fails. */
  readonly distrustProvider: () => void;
}

/** Blocks by which a provider may lag; one further behind than that shows that an earlier one lied. */
const LAG_BLOCKS = 2_000n;
/** Blocks read again at each poll, because a reorganisation may move their logs. */
const OVERLAP_BLOCKS = 64n;
/** Most queries of one forward poll, beside those of the overlap: an invented height is not read up to. */
const RANGES_MAX = 64;
/** Most queries of one look back or on; further blocks wait for the next call. */
const BACK_RANGES_MAX = 10;
/** Publications kept in memory with their repetitions. Where more are in flight, as after a long outage, they are delivered page by page. */
const REMEMBERED_MAX = 256;
/** Counts kept in memory: each takes an entry of the journal, while anyone repeats a publication for its gas alone. */
const COUNTS_MAX = 16_384;

const [TOPIC] = encodeEventTopics({ abi: layerZeroWitnessAbi, eventName: 'HeadPublished' }) as [Hex];

/** Creates the book of the heads published over one witness. */
export function keepPublications(options: PublicationBookOptions): PublicationBook {
  const { reads, contract, clock, blocksBack, rangeBlocks, distrustProvider } = options;
  const rangesMax = RANGES_MAX + Number(mulDivDown(OVERLAP_BLOCKS, 1n, rangeBlocks));
  const kept: Kept = { known: [], firsts: [], oldest: undefined, page: new EarlierPage(REMEMBERED_MAX) };
  let next: bigint | undefined;
  let lookedAtMs = -Infinity;
  let looking: Promise<void> | undefined;
  /** The error of the last poll. */
  let unread: { readonly error: unknown } | undefined;
  const readRange = async (from: bigint, to: bigint, signal?: AbortSignal): Promise<readonly Publication[]> =>
    (await reads.readEvents({ contract, topic: TOPIC, from, to }, signal)).map(publicationOf);
  const read = async (signal?: AbortSignal): Promise<void> => {
    lookedAtMs = clock.elapsedMs();
    const { height } = await reads.readHead('latest', signal);
    // A lie has led beyond the chain's head, and nothing would be found until the chain gets there. A provider that
    // merely lags is waited for.
    const isAstray = next !== undefined && next > height + LAG_BLOCKS;
    if (next === undefined || isAstray) next = notBelowZero(height - blocksBack);
    if (kept.oldest === undefined || isAstray) {
      kept.oldest = notBelowZero(next - OVERLAP_BLOCKS);
      kept.page.close();
    }
    let from = notBelowZero(next - OVERLAP_BLOCKS);
    for (let ranges = 0; from <= height && ranges < rangesMax; ranges++, from += rangeBlocks) {
      const to = from + rangeBlocks - 1n < height ? from + rangeBlocks - 1n : height;
      const found = await readRange(from, to, signal);
      const all = [...kept.known.filter((one) => one.height < from), ...found];
      kept.known = all.slice(-REMEMBERED_MAX);
      if (all.length > kept.known.length && !kept.page.isOpen) kept.oldest = afterFirst(kept.known);
      kept.firsts = firstOfEach([...kept.firsts.filter((one) => one.height < from), ...found]);
      next = to + 1n;
    }
    unread = undefined;
  };
  const pages = { readRange, rangeBlocks };
  const readBack = (signal?: AbortSignal): Promise<void> => turnBack(kept, pages, signal);
  const readOn = (signal?: AbortSignal): Promise<void> => turnOn(kept, pages, signal);
  const start = (step: typeof read, signal?: AbortSignal): Promise<void> => {
    looking = step(signal)
      .catch((error: unknown) => {
        // Another provider may serve what this one refuses, or answer what it made up.
        if (signal?.aborted !== true) {
          distrustProvider();
          if (step === read) unread = { error };
        }
        throw error;
      })
      .finally(() => (looking = undefined));
    return looking;
  };
  const look = async (olderThanMs: number, signal?: AbortSignal): Promise<void> => {
    if (looking === undefined && clock.elapsedMs() - lookedAtMs >= olderThanMs) await start(read, signal);
    else await looking;
  };
  return {
    look,
    async requireLook(olderThanMs, signal) {
      await look(olderThanMs, signal);
      if (unread !== undefined) throw unread.error;
    },
    async lookBack(signal) {
      // A caller that arrives during a read shares it, and calls again at its next pass.
      await (looking ?? start(readBack, signal));
    },
    async lookOn(signal) {
      if (kept.page.isOpen) await (looking ?? start(readOn, signal));
    },
    readAtMs: rememberTimes({ reads, clock }),
    list: () => (kept.page.isOpen ? kept.page.list : kept.known),
    firstsOf: (edge) => kept.firsts.filter((one) => one.edge === edge),
  };
}

/** The memory of a book. */
interface Kept {
  /** The newest publications. */
  known: readonly Publication[];
  firsts: readonly Publication[];
  /** The lowest block read so far. */
  oldest: bigint | undefined;
  readonly page: EarlierPage;
}

interface PageReads {
  readonly readRange: (from: bigint, to: bigint, signal?: AbortSignal) => Promise<readonly Publication[]>;
  readonly rangeBlocks: bigint;
}

async function turnBack(kept: Kept, { readRange, rangeBlocks }: PageReads, signal?: AbortSignal): Promise<void> {
  const { page } = kept;
  for (let ranges = 0; ranges < BACK_RANGES_MAX; ranges++) {
    if (kept.oldest === 0n && page.isOpen) {
      // What is missing was shown by nobody: another provider may show it.
      page.close();
      kept.oldest = afterFirst(kept.known);
    }
    const end = kept.oldest;
    if (end === undefined || end === 0n) return;
    const from = notBelowZero(end - rangeBlocks);
    const found = await readRange(from, end - 1n, signal);
    const all = [...found, ...(page.isOpen ? page.list : kept.known).filter(({ height }) => height >= end)];
    kept.firsts = firstOfEach([...found, ...kept.firsts]);
    kept.oldest = from;
    if (!page.isOpen) kept.known = all.slice(-REMEMBERED_MAX);
    if (page.isOpen || all.length > REMEMBERED_MAX) {
      page.keep(all, page.next);
      if (found.length > 0) return;
    }
  }
}

async function turnOn(kept: Kept, { readRange, rangeBlocks }: PageReads, signal?: AbortSignal): Promise<void> {
  const { page } = kept;
  for (let ranges = 0; ranges < BACK_RANGES_MAX && page.isOpen; ranges++) {
    const end = afterFirst(kept.known);
    if (page.next >= end) {
      page.close();
      kept.oldest = end;
      return;
    }
    const next = page.next + rangeBlocks < end ? page.next + rangeBlocks : end;
    const found = await readRange(page.next, next - 1n, signal);
    page.goOn(found, next);
    if (found.length > 0) return;
  }
}

/** Makes {@link PublicationBook.readAtMs}, which asks once for each publication that it remembers. */
function rememberTimes({ reads, clock }: Pick<PublicationBookOptions, 'reads' | 'clock'>): PublicationBook['readAtMs'] {
  /** Block times of publications in milliseconds, by transaction and height. */
  const times = new Map<string, number>();
  return async ({ txHash, height }, signal) => {
    const name = `${txHash} ${height}`;
    // A chain's clock may run ahead of ours: no publication is later than when it was first seen.
    const atMs = times.get(name) ?? Math.min(Number(await reads.readTime(height, signal)) * 1_000, clock.nowMs());
    if (times.size >= REMEMBERED_MAX) times.clear();
    times.set(name, atMs);
    return atMs;
  };
}

/** Returns the first publication of each count of each edge, the newest {@link COUNTS_MAX}. */
function firstOfEach(publications: readonly Publication[]): readonly Publication[] {
  const seen = new Set<string>();
  const isFirst = ({ edge, count }: Publication): boolean => seen.size < seen.add(`${edge} ${count}`).size;
  return publications.filter(isFirst).slice(-COUNTS_MAX);
}

function publicationOf({ txHash, height, topics, data }: ChainEvent): Publication {
  const { args } = decodeEventLog({
    abi: layerZeroWitnessAbi,
    eventName: 'HeadPublished',
    topics: topics as [Hex, ...Hex[]],
    data,
  });
  return { edge: bytes32(args.edge), count: args.count, txHash, height };
}

/** Returns the block after that of the first publication, which may be the last one that fell out of memory too. */
function afterFirst([first]: readonly Publication[]): bigint {
  return first === undefined ? 0n : first.height + 1n;
}

function notBelowZero(value: bigint): bigint {
  return value > 0n ? value : 0n;
}
