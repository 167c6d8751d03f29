import type { ChainId } from '@surety/domain';
import { type LogFilter, type Operation, type RpcProvider, parseLogs, toQuantity } from '@surety/rpc';
import type { ChainLog, Observer } from '@surety/workflows';
import { chainError, isChainError } from '../errors.js';
import type { ChainLimits } from '../limits.js';

/** After a success the next range grows by one sixteenth. */
const GROWTH_PARTS = 16;

/** Successful ranges below a refused length before that length is tried again. */
const HELD_MAX = 32;

/** A provider is narrow while it takes less than this part of the longest range. */
const NARROW_PARTS = 16;

/** The block ranges that one provider is known to accept. */
interface Fit {
  readonly span: number;
  /** One less than the shortest recently refused range. */
  readonly ceiling: number;
  /** Successful ranges since the ceiling stopped the growth. */
  readonly held: number;
}

/**
 * Reads logs from one provider in ranges that fit it: a refused range is halved, down to one block, and each success
 * lets the next one grow a little, at first only up to the refused length. The length is remembered per provider.
 */
export class LogReader {
  readonly #chainId: ChainId;
  readonly #limits: ChainLimits;
  readonly #observer: Observer;
  readonly #fits = new Map<string, Fit>();

  constructor(options: { chainId: ChainId; limits: ChainLimits; observer: Observer }) {
    this.#chainId = options.chainId;
    this.#limits = options.limits;
    this.#observer = options.observer;
  }

  /** Returns the number of blocks of the next range at a provider. */
  spanOf(provider: RpcProvider): number {
    return this.#fitOf(provider).span;
  }

  /** True if a provider takes so short ranges only that a long way costs it many times the calls. */
  isNarrow(provider: RpcProvider): boolean {
    const { logSpanInitial, logSpanMax } = this.#limits;
    return this.spanOf(provider) < Math.min(logSpanInitial, logSpanMax / NARROW_PARTS);
  }

  #fitOf(provider: RpcProvider): Fit {
    const { logSpanInitial, logSpanMax } = this.#limits;
    return (
      this.#fits.get(provider.name) ?? { span: Math.min(logSpanInitial, logSpanMax), ceiling: logSpanMax, held: 0 }
    );
  }

  /**
   * Reads every log of a filter from one provider, ascending. `provenCount` is how many there are if that is proven;
   * `mayBeNarrow` is false if a narrow provider shall give them up.
   * @throws LOG_LIMIT past the bound on logs, BAD_LOGS past the proven count, INCOMPLETE if given up, and what the
   * provider's calls throw.
   */
  async read(
    provider: RpcProvider,
    filter: LogFilter,
    operation: Operation & { provenCount?: bigint; mayBeNarrow?: boolean },
  ): Promise<ChainLog[]> {
    const { provenCount, mayBeNarrow = true } = operation;
    const { logsMax } = this.#limits;
    const logs: ChainLog[] = [];
    let from = filter.fromBlock;
    while (from <= filter.toBlock) {
      if (!mayBeNarrow && this.isNarrow(provider)) throw this.#narrow(provider);
      const span = this.spanOf(provider);
      const last = from + BigInt(span) - 1n;
      const range = { ...filter, fromBlock: from, toBlock: last < filter.toBlock ? last : filter.toBlock };
      const part = await this.#readRange(provider, range, operation);
      if (part === undefined) continue;
      if (provenCount !== undefined && BigInt(logs.length + part.length) > provenCount) {
        throw provider.report(
          chainError('BAD_LOGS', `more than the proven ${provenCount} logs were given; some are invented`),
        );
      }
      if (logs.length + part.length > logsMax) throw this.#tooMany(filter, logsMax);
      for (const log of part) logs.push(log);
      from = range.toBlock + 1n;
    }
    return logs;
  }

  /** Reads one range; undefined if it was refused and must be shortened. */
  async #readRange(provider: RpcProvider, range: LogFilter, operation: Operation): Promise<ChainLog[] | undefined> {
    try {
      const logs = await provider.call({
        method: 'eth_getLogs',
        params: [
          {
            address: range.address,
            topics: range.topics,
            fromBlock: toQuantity(range.fromBlock),
            toBlock: toQuantity(range.toBlock),
          },
        ],
        parse: (result) => parseLogs(result, range, this.#limits.logsMax),
        budget: operation.budget,
        signal: operation.signal,
      });
      this.#grow(provider);
      return logs;
    } catch (error) {
      const code = isChainError(error) ? error.code : undefined;
      const asked = Number(range.toBlock - range.fromBlock) + 1;
      // A gateway in front of a provider gives up on an answer that takes too long, and says 502 or 504.
      if ((code === 'TIMEOUT' || isServerFailure(error)) && asked > 1) this.#shrink(provider, asked);
      if ((code === 'RANGE_REFUSED' || code === 'RESPONSE_TOO_LARGE') && asked > 1) {
        this.#shrink(provider, asked);
        return undefined;
      }
      if (code !== 'RANGE_REFUSED') throw error;
      throw provider.report(
        chainError('RPC_ERROR', `${provider.name} refuses eth_getLogs even for the one block ${range.fromBlock}`),
      );
    }
  }

  #grow(provider: RpcProvider): void {
    const { logSpanMax } = this.#limits;
    const { span, ceiling, held } = this.#fitOf(provider);
    const wanted = Math.min(logSpanMax, span + Math.ceil(span / GROWTH_PARTS));
    const free = held >= HELD_MAX;
    this.#fits.set(provider.name, {
      span: free ? wanted : Math.min(wanted, ceiling),
      ceiling: free ? logSpanMax : ceiling,
      held: wanted > ceiling && !free ? held + 1 : 0,
    });
  }

  #shrink(provider: RpcProvider, asked: number): void {
    const span = Math.max(1, Math.floor(asked / 2));
    this.#fits.set(provider.name, { span, ceiling: Math.max(1, asked - 1), held: 0 });
    this.#observer.observe({
      name: 'log-range-shrunk',
      level: 'debug',
      fields: { chain_id: this.#chainId, provider: provider.name, blocks: span },
    });
  }

  #narrow(provider: RpcProvider): Error {
    return provider.report(
      chainError(
        'INCOMPLETE',
        `${provider.name} serves eth_getLogs for ${this.spanOf(provider)} blocks at a time; expected at least 1/${NARROW_PARTS} of ${this.#limits.logSpanMax}, others are asked first`,
      ),
    );
  }

  #tooMany(filter: LogFilter, logsMax: number): Error {
    return chainError(
      'LOG_LIMIT',
      `blocks ${filter.fromBlock} to ${filter.toBlock} hold more than ${logsMax} logs; expected fewer, ask for fewer blocks`,
      { context: { logs_max: logsMax } },
    );
  }
}

function isServerFailure(error: unknown): boolean {
  if (!isChainError(error) || error.code !== 'HTTP_STATUS') return false;
  const { status } = error.context;
  return typeof status === 'number' && status >= 500;
}
