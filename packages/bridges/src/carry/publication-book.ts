import { layerZeroWitnessAbi } from '@surety/contracts';
import { type Address, type Bytes32, type Hex, type TxHash, bytes32 } from '@surety/domain';
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
  /** The newest publications in the order of their blocks, of every edge that the witness has had. */
  list(): readonly Publication[];
}

/** How a book is kept. */
export interface BookOptions {
  readonly reads: EventReads;
  /** The end of the witness beside the journal. */
  readonly contract: Address;
  readonly nowMs: () => number;
  /** How many blocks before the first look are read. */
  readonly blocksBack: bigint;
}

/** Most blocks of one query: what most providers serve for one contract. */
const RANGE_BLOCKS = 2_000n;
/** Blocks that are read again at each look: a reorganisation moves what stands in them. */
const OVERLAP_BLOCKS = 64n;
/** Publications that are remembered: more are under way on no path that anybody pays for. */
const REMEMBERED_MAX = 256;

const [TOPIC] = encodeEventTopics({ abi: layerZeroWitnessAbi, eventName: 'HeadPublished' }) as [Hex];

/** Keeps what was published over one witness. */
export function keepPublications(options: BookOptions): PublicationBook {
  const { reads, contract, nowMs, blocksBack } = options;
  let known: readonly Publication[] = [];
  let next: bigint | undefined;
  let lookedAtMs = -Infinity;
  let looking: Promise<void> | undefined;
  const read = async (signal?: AbortSignal): Promise<void> => {
    lookedAtMs = nowMs();
    const { height } = await reads.readHead('latest', signal);
    next ??= notBelowZero(height - blocksBack);
    for (let from = notBelowZero(next - OVERLAP_BLOCKS); from <= height; from += RANGE_BLOCKS) {
      const to = from + RANGE_BLOCKS - 1n < height ? from + RANGE_BLOCKS - 1n : height;
      const found = (await reads.readEvents({ contract, topic: TOPIC, from, to }, signal)).map(publicationOf);
      known = [...known.filter((one) => one.height < from), ...found].slice(-REMEMBERED_MAX);
      next = to + 1n;
    }
  };
  return {
    async look(olderThanMs, signal) {
      if (looking === undefined && nowMs() - lookedAtMs >= olderThanMs)
        looking = read(signal).finally(() => (looking = undefined));
      await looking;
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
