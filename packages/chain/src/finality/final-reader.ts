import { type BlockHeight, type ChainId, type Keccak256, blockHeight } from '@surety/domain';
import {
  type CallBudget,
  type ChainBlock,
  type Operation,
  type RpcProvider,
  askQuorum,
  parseBlock,
  parseQuantity,
  toQuantity,
} from '@surety/rpc';
import type { Clock, FinalBlock } from '@surety/workflows';
import { chainError } from '../errors.js';
import type { FinalBlockRecord } from '../halt/final-block-record.js';
import type { ChainLimits } from '../limits.js';
import { readFinalHeight } from './final-height.js';
import type { FinalityRule } from './finality-rule.js';

export interface FinalReaderOptions {
  readonly chainId: ChainId;
  readonly providers: readonly RpcProvider[];
  readonly quorum: number;
  readonly rule: FinalityRule;
  readonly blockRecord: FinalBlockRecord;
  readonly limits: ChainLimits;
  readonly clock: Clock;
  readonly keccak256: Keccak256;
}

/** Reads blocks that are final under the chain's rule and agreed by the quorum. The only place that makes a FinalBlock. */
export class FinalReader {
  readonly #options: FinalReaderOptions;
  readonly #stated = new Map<string, bigint>();
  /** Recently agreed blocks by height, bounded like the accepted ones. */
  readonly #agreed = new Map<bigint, ChainBlock>();
  /** Recalls in progress by height. */
  readonly #recalls = new Map<bigint, Promise<ChainBlock>>();

  constructor(options: FinalReaderOptions) {
    this.#options = options;
  }

  /**
   * Reads the highest final block; it never falls. Each time it rises, the previous one is read again, so that a chain
   * that reverts a final block is noticed.
   */
  async readTip(operation: Operation): Promise<FinalBlock> {
    const { providers, quorum, blockRecord, limits, clock, rule } = this.#options;
    blockRecord.requireOpen();
    const shown: ChainBlock[] = [];
    const height = await readFinalHeight({
      providers,
      quorum,
      limits,
      clock,
      stated: this.#stated,
      signal: operation.signal,
      ask: async (provider) => {
        const stated = await readStated(provider, rule, { ...operation, keccak256: this.#options.keccak256 });
        if (typeof stated === 'bigint') return stated;
        shown.push(stated);
        return stated.height;
      },
    });
    if (height < 0n) {
      throw chainError(
        'NOT_FINAL',
        `chain ${this.#options.chainId} has no final block yet; it is younger than its finality depth`,
      );
    }
    const before = blockRecord.tip()?.height;
    const target = before !== undefined && before > height ? before : height;
    const heights = before === undefined || target - before <= 1n ? [target] : [before, target];
    const blocks = await Promise.all(
      heights.map(async (wanted) => this.#agreedAmong(shown, wanted) ?? this.readAgreed(wanted, operation)),
    );
    await blockRecord.accept(blocks);
    return this.#final(blocks.at(-1));
  }

  /**
   * Returns the block at a height if a quorum returned it together with its final height, and no provider returned
   * another.
   */
  #agreedAmong(shown: readonly ChainBlock[], height: bigint): ChainBlock | undefined {
    const [first, ...others] = shown.filter((block) => block.height === height);
    if (first === undefined || others.length + 1 < this.#options.quorum) return undefined;
    if (others.some(({ hash }) => hash !== first.hash)) return undefined;
    this.#keep(first);
    return first;
  }

  /** Reads one final block by height. @throws NO_QUORUM, HALTED, NOT_FINAL, HALT_STORE_UNAVAILABLE. */
  async readBlock(height: BlockHeight, operation: Operation): Promise<FinalBlock> {
    const { blockRecord, chainId } = this.#options;
    blockRecord.requireOpen();
    if (height > (blockRecord.tip()?.height ?? -1n)) {
      const tip = await this.readTip(operation);
      if (height === tip.height) return tip;
      if (height > tip.height) {
        throw chainError(
          'NOT_FINAL',
          `block ${height} of chain ${chainId} is not final; the final tip is ${tip.height}, ask again later`,
          {
            context: { height, tip: tip.height },
          },
        );
      }
    }
    const block = await this.readAgreed(height, operation);
    const above = blockRecord.hashAt(height) === undefined ? blockRecord.tip() : undefined;
    // A block that is new to this process may be on another branch; reading the accepted block above it afterwards
    // shows that.
    const again = above === undefined ? [] : [await this.readAgreed(above.height, operation)];
    await blockRecord.accept([...again, block]);
    return this.#final(block);
  }

  /** Returns an accepted block from the cache, or reads it, once for all concurrent callers. @throws NO_QUORUM. */
  async recallAgreed(height: bigint, operation: Operation): Promise<ChainBlock> {
    const kept = this.#agreed.get(height);
    if (kept !== undefined && kept.hash === this.#options.blockRecord.hashAt(height)) return kept;
    // The other caller's read may end by its own limit or signal; then this caller reads itself.
    const underWay = await this.#recalls.get(height)?.catch(() => undefined);
    if (underWay !== undefined) return underWay;
    const reading = this.readAgreed(height, operation);
    this.#recalls.set(height, reading);
    try {
      return await reading;
    } finally {
      if (this.#recalls.get(height) === reading) this.#recalls.delete(height);
    }
  }

  /** Returns how many more calls a quorum can be sent: whoever spent its own calls does not count for the others. */
  callsLeft(budget: CallBudget): number {
    const { providers, quorum } = this.#options;
    const left = providers.map(({ name }) => budget.left(name)).sort((one, other) => other - one);
    return left[quorum - 1] ?? 0;
  }

  /** Reads the block at a height on which a quorum agrees, final or not. @throws NO_QUORUM. */
  async readAgreed(height: bigint, operation: Operation): Promise<ChainBlock> {
    const { providers, quorum, keccak256, chainId } = this.#options;
    const block = await askQuorum<ChainBlock>({
      subject: `block ${height} of chain ${chainId}`,
      providers,
      quorum,
      keyOf: (answer) => answer.hash,
      ask: (provider) =>
        provider.call({
          method: 'eth_getBlockByNumber',
          params: [toQuantity(height), false],
          parse: (result) => parseBlock(result, keccak256, height),
          ...operation,
        }),
    });
    this.#keep(block);
    return block;
  }

  #keep(block: ChainBlock): void {
    this.#agreed.set(block.height, block);
    for (const height of this.#agreed.keys()) {
      if (this.#agreed.size <= this.#options.limits.finalsKeptMax) break;
      this.#agreed.delete(height);
    }
  }

  #final(block: ChainBlock | undefined): FinalBlock {
    if (block === undefined) throw chainError('NO_QUORUM', 'no block was read; expected one');
    const { height, hash, parentHash, stateRoot, timestamp } = block;
    return { chainId: this.#options.chainId, height, hash, parentHash, stateRoot, timestamp } as FinalBlock;
  }
}

/**
 * Reads one provider's final block under a rule; under a depth rule its height, −1 if the chain is younger than the
 * depth.
 */
async function readStated(
  provider: RpcProvider,
  rule: FinalityRule,
  operation: Operation & { readonly keccak256: Keccak256 },
): Promise<ChainBlock | bigint> {
  const { budget, signal } = operation;
  if (rule.kind === 'finalized-tag') {
    return provider.call({
      method: 'eth_getBlockByNumber',
      params: ['finalized', false],
      parse: (result) => parseBlock(result, operation.keccak256),
      budget,
      signal,
    });
  }
  const head = await provider.call({
    method: 'eth_blockNumber',
    params: [],
    parse: (result) => blockHeight(parseQuantity(result, 'eth_blockNumber')),
    budget,
    signal,
  });
  return head >= rule.depth ? head - rule.depth : -1n;
}
