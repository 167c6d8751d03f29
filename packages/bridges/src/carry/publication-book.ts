import { layerZeroWitnessAbi } from '@surety/contracts';
import { type Address, type Bytes32, type Hex, type TxHash, bytes32 } from '@surety/domain';
import type { Clock } from '@surety/workflows';
import { decodeEventLog, encodeEventTopics } from 'viem';

/** A log as its node tells it. */
export interface ChainEvent {
  readonly txHash: TxHash;
  readonly height: bigint;
  readonly topics: readonly Hex[];
  readonly data: Hex;
}

/** The reads that a book needs; `createChainReads` of `@surety/transactions` satisfies them. */
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

/** A head that somebody published. */
export interface Publication {
  readonly edge: Bytes32;
  readonly count: bigint;
  readonly txHash: TxHash;
  readonly height: bigint;
}

/** What was published over one witness, by its origin's logs. One provider's word: it costs a mark, or a look at a packet. */
export interface PublicationBook {
  /** Reads the logs since the last look, unless that began less than so many milliseconds ago. @throws RPC_UNAVAILABLE (retryable). */
  look(olderThanMs: number, signal?: AbortSignal): Promise<void>;
  /** Reads some blocks before the earliest that were read: something that was left lying stands there. @throws as `look`. */
  lookBack(signal?: AbortSignal): Promise<void>;
  /** When a publication's block was made, in milliseconds, and never later than this was first asked. @throws as `look`. */
  readAtMs(publication: Publication, signal?: AbortSignal): Promise<number>;
  /** The newest publications in the order of their blocks, of every edge that the witness has had. */
  list(): readonly Publication[];
}

/** How a book is kept. */
export interface BookOptions {
  readonly reads: EventReads;
  /** The end of the witness beside the journal. */
  readonly contract: Address;
  /** Its time of day is compared with the chain's alone. */
  readonly clock: Pick<Clock, 'nowMs' | 'elapsedMs'>;
  /** How many blocks before the first look are read. */
  readonly blocksBack: bigint;
}

/** Most blocks of one query: what most providers serve for one contract. */
const RANGE_BLOCKS = 2_000n;
/** Blocks that are read again at each look: a reorganisation moves what stands in them. */
const OVERLAP_BLOCKS = 64n;
/** Most queries of one look forward: a height that somebody made up is not read up to. */
const RANGES_MAX = 64;
/** Most queries of one look further back: more wait for the next one. */
const BACK_RANGES_MAX = 10;
/** Publications that are remembered: more are under way on no path that anybody pays for. */
const REMEMBERED_MAX = 256;

const [TOPIC] = encodeEventTopics({ abi: layerZeroWitnessAbi, eventName: 'HeadPublished' }) as [Hex];

/** Keeps what was published over one witness. */
export function keepPublications(options: BookOptions): PublicationBook {
  const { reads, contract, clock, blocksBack } = options;
  let known: readonly Publication[] = [];
  let next: bigint | undefined;
  let lookedAtMs = -Infinity;
  let looking: Promise<void> | undefined;
  /** The lowest block that was read. */
  let oldest: bigint | undefined;
  /** When publications were made, by transaction and height. */
  const times = new Map<string, number>();
  const readRange = async (from: bigint, to: bigint, signal?: AbortSignal): Promise<readonly Publication[]> =>
    (await reads.readEvents({ contract, topic: TOPIC, from, to }, signal)).map(publicationOf);
  const read = async (signal?: AbortSignal): Promise<void> => {
    lookedAtMs = clock.elapsedMs();
    const { height } = await reads.readHead('latest', signal);
    // A lie has led past the chain, which would be blind until it gets there; a provider that lags is waited for.
    const isAstray = next !== undefined && next > height + RANGE_BLOCKS;
    if (next === undefined || isAstray) next = notBelowZero(height - blocksBack);
    if (oldest === undefined || isAstray) oldest = notBelowZero(next - OVERLAP_BLOCKS);
    let from = notBelowZero(next - OVERLAP_BLOCKS);
    for (let ranges = 0; from <= height && ranges < RANGES_MAX; ranges++, from += RANGE_BLOCKS) {
      const to = from + RANGE_BLOCKS - 1n < height ? from + RANGE_BLOCKS - 1n : height;
      const found = await readRange(from, to, signal);
      known = [...known.filter((one) => one.height < from), ...found].slice(-REMEMBERED_MAX);
      next = to + 1n;
    }
  };
  const readBack = async (signal?: AbortSignal): Promise<void> => {
    for (let ranges = 0; ranges < BACK_RANGES_MAX; ranges++) {
      if (oldest === undefined || oldest === 0n || known.length >= REMEMBERED_MAX) return;
      const from = notBelowZero(oldest - RANGE_BLOCKS);
      const found = await readRange(from, oldest - 1n, signal);
      known = [...found, ...known].slice(-REMEMBERED_MAX);
      oldest = from;
    }
  };
  return {
    async look(olderThanMs, signal) {
      if (looking === undefined && clock.elapsedMs() - lookedAtMs >= olderThanMs)
        looking = read(signal).finally(() => (looking = undefined));
      await looking;
    },
    async lookBack(signal) {
      // Whoever asks while a look is under way asks again at its next pass.
      looking ??= readBack(signal).finally(() => (looking = undefined));
      await looking;
    },
    async readAtMs({ txHash, height }, signal) {
      const name = `${txHash} ${height}`;
      // A chain's clock may run ahead of ours: what was seen is no younger than that.
      const atMs = times.get(name) ?? Math.min(Number(await reads.readTime(height, signal)) * 1_000, clock.nowMs());
      if (times.size >= REMEMBERED_MAX) times.clear();
      times.set(name, atMs);
      return atMs;
    },
    list: () => known,
  };
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
