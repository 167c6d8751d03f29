import type { BlockHeight } from '@surety/domain';
import type { FinalBlock, OriginChain } from '../ports/origin-chain.js';
import type { Bell } from '../running/bell.js';
import { POOLED_BLOCKS_MAX } from './limits.js';

/**
 * One chain shared by all its journals: the final tip is read once for each new head, and each final block once. Failures are
 * not cached, so the next caller asks the chain again.
 */
export class PooledChain implements OriginChain {
  readonly #chain: OriginChain;
  readonly #heads: Bell;
  readonly #signal: AbortSignal;
  readonly #blocks = new Map<BlockHeight, Promise<FinalBlock>>();
  #tip: { readonly rings: number; readonly block: Promise<FinalBlock> } | undefined;

  /** `heads` signals each new head; `signal` aborts shared reads for all their callers. */
  constructor(options: { chain: OriginChain; heads: Bell; signal: AbortSignal }) {
    this.#chain = options.chain;
    this.#heads = options.heads;
    this.#signal = options.signal;
  }

  get chainId(): OriginChain['chainId'] {
    return this.#chain.chainId;
  }

  condition(): ReturnType<OriginChain['condition']> {
    return this.#chain.condition();
  }

  readFinalTip(): Promise<FinalBlock> {
    const { rings } = this.#heads;
    if (this.#tip?.rings === rings) return this.#tip.block;
    const block = this.#chain.readFinalTip(this.#signal);
    const tip = { rings, block };
    this.#tip = tip;
    block.catch(() => {
      if (this.#tip === tip) this.#tip = undefined;
    });
    return block;
  }

  readFinalBlock(height: BlockHeight): Promise<FinalBlock> {
    const kept = this.#blocks.get(height);
    if (kept !== undefined) return kept;
    const block = this.#chain.readFinalBlock(height, this.#signal);
    this.#blocks.set(height, block);
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size <= POOLED_BLOCKS_MAX) break;
      this.#blocks.delete(oldest);
    }
    block.catch(() => this.#blocks.delete(height));
    return block;
  }

  readFrame(...args: Parameters<OriginChain['readFrame']>): ReturnType<OriginChain['readFrame']> {
    return this.#chain.readFrame(...args);
  }

  readWaypoints(...args: Parameters<OriginChain['readWaypoints']>): ReturnType<OriginChain['readWaypoints']> {
    return this.#chain.readWaypoints(...args);
  }

  readPortion(...args: Parameters<OriginChain['readPortion']>): ReturnType<OriginChain['readPortion']> {
    return this.#chain.readPortion(...args);
  }

  readSeen(...args: Parameters<OriginChain['readSeen']>): ReturnType<OriginChain['readSeen']> {
    return this.#chain.readSeen(...args);
  }

  waitForHead(signal?: AbortSignal): Promise<void> {
    return this.#chain.waitForHead(signal);
  }
}
