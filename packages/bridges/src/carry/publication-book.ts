import { layerZeroWitnessAbi } from '@surety/contracts';
import { type Address, type Bytes32, type Hex, type TxHash, bytes32, mulDivDown } from '@surety/domain';
import type { Clock } from '@surety/workflows';
import { decodeEventLog, encodeEventTopics } from 'viem';

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
  /** Reads some blocks before the earliest ones read so far, to find an undelivered publication. @throws as `look`. */
  lookBack(signal?: AbortSignal): Promise<void>;
  /**
   * Returns the time of a publication's block in milliseconds, at most the time of the first call for it.
   * @throws as `look`.
   */
  readAtMs(publication: Publication, signal?: AbortSignal): Promise<number>;
  /** Returns the newest publications in block order, of every edge that the witness has served. */
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
/** Most queries of one backward read; further blocks wait for the next call. */
const BACK_RANGES_MAX = 10;
/** Publications kept in memory with their repetitions: no path has more of them in flight. */
const REMEMBERED_MAX = 256;
/** Counts kept in memory: each takes an entry of the journal, while anyone repeats a publication for its gas alone. */
const COUNTS_MAX = 16_384;

const [TOPIC] = encodeEventTopics({ abi: layerZeroWitnessAbi, eventName: 'HeadPublished' }) as [Hex];

/** Creates the book of the heads published over one witness. */
export function keepPublications(options: PublicationBookOptions): PublicationBook {
  const { reads, contract, clock, blocksBack, rangeBlocks, distrustProvider } = options;
  const rangesMax = RANGES_MAX + Number(mulDivDown(OVERLAP_BLOCKS, 1n, rangeBlocks));
  let known: readonly Publication[] = [];
  let firsts: readonly Publication[] = [];
  let next: bigint | undefined;
  let lookedAtMs = -Infinity;
  let looking: Promise<void> | undefined;
  /** The error of the last poll. */
  let unread: { readonly error: unknown } | undefined;
  /** The lowest block read so far. */
  let oldest: bigint | undefined;
  const readRange = async (from: bigint, to: bigint, signal?: AbortSignal): Promise<readonly Publication[]> =>
    (await reads.readEvents({ contract, topic: TOPIC, from, to }, signal)).map(publicationOf);
  const read = async (signal?: AbortSignal): Promise<void> => {
    lookedAtMs = clock.elapsedMs();
    const { height } = await reads.readHead('latest', signal);
    // A lie has led beyond the chain's head, and nothing would be found until the chain gets there. A provider that
    // merely lags is waited for.
    const isAstray = next !== undefined && next > height + LAG_BLOCKS;
    if (next === undefined || isAstray) next = notBelowZero(height - blocksBack);
    if (oldest === undefined || isAstray) oldest = notBelowZero(next - OVERLAP_BLOCKS);
    let from = notBelowZero(next - OVERLAP_BLOCKS);
    for (let ranges = 0; from <= height && ranges < rangesMax; ranges++, from += rangeBlocks) {
      const to = from + rangeBlocks - 1n < height ? from + rangeBlocks - 1n : height;
      const found = await readRange(from, to, signal);
      known = [...known.filter((one) => one.height < from), ...found].slice(-REMEMBERED_MAX);
      firsts = firstOfEach([...firsts.filter((one) => one.height < from), ...found]);
      next = to + 1n;
    }
    unread = undefined;
  };
  const readBack = async (signal?: AbortSignal): Promise<void> => {
    for (let ranges = 0; ranges < BACK_RANGES_MAX; ranges++) {
      if (oldest === undefined || oldest === 0n || known.length >= REMEMBERED_MAX) return;
      const from = notBelowZero(oldest - rangeBlocks);
      const found = await readRange(from, oldest - 1n, signal);
      known = [...found, ...known].slice(-REMEMBERED_MAX);
      firsts = firstOfEach([...found, ...firsts]);
      oldest = from;
    }
  };
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
    readAtMs: rememberTimes({ reads, clock }),
    list: () => known,
    firstsOf: (edge) => firsts.filter((one) => one.edge === edge),
  };
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

function notBelowZero(value: bigint): bigint {
  return value > 0n ? value : 0n;
}
