import { type BlockHeight, type JournalPosition, type Keccak256, blockHeight, foldJournal } from '@surety/domain';
import type { CallBudget, ProviderRotation, RpcProvider } from '@surety/rpc';
import type { FrameRequest, Waypoint } from '@surety/workflows';
import { chainError, isChainError } from '../errors.js';
import { EntryDecoder, entryFilter } from './entry-decoder.js';
import type { LogReader } from './log-reader.js';
import { rebuildEntries } from './fold-entries.js';

/** Log ranges of the first portions: 16 ranges of 2,000 blocks are 32,000 blocks. */
const PORTION_RANGES = 16n;

/** Entries of a portion above which the next ones are halved: 4,096 logs of about 1 kB are 4 MB, held several times over. */
const PORTION_ENTRIES_MAX = 4_096n;

/** A range to split, with the proven position at its end. */
interface LongWay extends FrameRequest {
  readonly position: JournalPosition;
  /** Portions end at multiples of this. */
  readonly stride: bigint;
}

/** Dependencies of splitting a long range. Each portion has its own call budget. */
interface WayTools {
  readonly logs: LogReader;
  readonly logRotation: ProviderRotation;
  readonly keccak256: Keccak256;
  readonly openBudget: () => CallBudget;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Folds the logs of one provider portion by portion, from a verified position to a proven one, and returns the positions
 * between the portions. Only the running head is kept, so a way of any length needs the memory of one portion; that it
 * ends at the proven head proves every position on it. A provider that takes only short ranges is given up while others
 * are unasked, and asked last: one block at a time, a year of Ethereum would be 2.6 million calls.
 * @throws INCOMPLETE, NO_QUORUM, LOG_LIMIT or CALL_LIMIT if a portion of one stride is too much.
 */
export async function findWaypoints(way: LongWay, tools: WayTools): Promise<readonly Waypoint[]> {
  const { logs, logRotation } = tools;
  const failed = new Map<RpcProvider, unknown>();
  const ask = (walk: (provider: RpcProvider) => Promise<readonly Waypoint[]>): Promise<readonly Waypoint[]> =>
    logRotation.ask({
      subject: `the way of ${way.journal.edgeId} up to block ${way.block.height}`,
      exhausted: 'INCOMPLETE',
      ask: walk,
    });
  const isGivenUp = (provider: RpcProvider): boolean => {
    const error = failed.get(provider);
    return isChainError(error) && error.code === 'INCOMPLETE' && logs.isNarrow(provider);
  };
  try {
    return await ask(async (provider) => {
      try {
        return await new Walk(way, tools, { provider, mayBeNarrow: false }).walk();
      } catch (error) {
        failed.set(provider, error);
        throw error;
      }
    });
  } catch (error) {
    const isOver = isChainError(error) && (error.code === 'INCOMPLETE' || error.code === 'CALL_LIMIT');
    if (!isOver || ![...failed.keys()].some(isGivenUp)) throw error;
    // Whoever failed otherwise is not asked again: its lie counts once.
    return ask((provider) =>
      isGivenUp(provider)
        ? new Walk(way, tools, { provider, mayBeNarrow: true }).walk()
        : Promise.reject(failed.get(provider)),
    );
  }
}

/** Walks a long range with one provider. */
class Walk {
  readonly #way: LongWay;
  readonly #tools: WayTools;
  readonly #provider: RpcProvider;
  readonly #mayBeNarrow: boolean;
  readonly #decoder: EntryDecoder;
  #at: { height: BlockHeight; position: JournalPosition };
  #ranges = PORTION_RANGES;

  constructor(way: LongWay, tools: WayTools, walker: { provider: RpcProvider; mayBeNarrow: boolean }) {
    this.#way = way;
    this.#tools = tools;
    this.#provider = walker.provider;
    this.#mayBeNarrow = walker.mayBeNarrow;
    this.#decoder = new EntryDecoder(way.journal.direction, tools.keccak256);
    this.#at = { height: way.afterBlock, position: way.after };
  }

  async walk(): Promise<readonly Waypoint[]> {
    const { block, position } = this.#way;
    const waypoints: Waypoint[] = [];
    while (this.#at.height < block.height) {
      const height = this.#portionEnd();
      const reached = await this.#fold(height);
      if (reached === undefined) continue;
      this.#ranges =
        reached.count - this.#at.position.count > PORTION_ENTRIES_MAX ? halved(this.#ranges) : this.#ranges;
      this.#at = { height, position: reached };
      if (height < block.height) waypoints.push(this.#at as Waypoint);
    }
    const { count, head } = this.#at.position;
    if (count !== position.count || head !== position.head) {
      throw this.#provider.report(
        chainError(
          'BAD_LOGS',
          `the entries lead to ${count} (${head}); proven are ${position.count} (${position.head})`,
        ),
      );
    }
    return waypoints;
  }

  /** Returns the last block of the next portion: a multiple of the stride, or the end of the range. */
  #portionEnd(): BlockHeight {
    const { block, stride } = this.#way;
    const { height } = this.#at;
    const far = height + BigInt(this.#tools.logs.spanOf(this.#provider)) * this.#ranges;
    const aligned = far - (far % stride);
    const end = aligned > height ? aligned : height + stride - (height % stride);
    return end < block.height ? blockHeight(end) : block.height;
  }

  /** Returns the position after a portion's entries; undefined if the portion was too large and must be shortened. */
  async #fold(height: BlockHeight): Promise<JournalPosition | undefined> {
    const { journal, position, stride } = this.#way;
    const { logs, openBudget, signal, keccak256 } = this.#tools;
    const provenCount = position.count - this.#at.position.count;
    try {
      const filter = entryFilter(journal, this.#decoder, { afterBlock: this.#at.height, toBlock: height });
      const reading = { budget: openBudget(), signal, provenCount, mayBeNarrow: this.#mayBeNarrow };
      const found = await logs.read(this.#provider, filter, reading);
      const { packed } = this.#report(() => rebuildEntries(found, this.#at.position, this.#decoder));
      return foldJournal(this.#at.position, packed, keccak256);
    } catch (error) {
      const isTooMuch = isChainError(error) && (error.code === 'LOG_LIMIT' || error.code === 'CALL_LIMIT');
      if (!isTooMuch || height - this.#at.height <= stride || this.#ranges === 1n) throw error;
      this.#ranges = halved(this.#ranges);
      return undefined;
    }
  }

  #report<Result>(read: () => Result): Result {
    try {
      return read();
    } catch (error) {
      throw this.#provider.report(error);
    }
  }
}

function halved(ranges: bigint): bigint {
  return ranges > 1n ? ranges >> 1n : 1n;
}
