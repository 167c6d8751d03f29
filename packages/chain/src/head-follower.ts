import type { Address, BlockHeight, ChainId, Keccak256 } from '@surety/domain';
import {
  CallBudget,
  type ChainBlock,
  type ProviderRotation,
  type RpcProvider,
  bloomMayHold,
  parseBlock,
  toQuantity,
} from '@surety/rpc';
import type { Clock, Observer } from '@surety/workflows';
import { chainError } from './errors.js';
import type { ChainLimits } from './limits.js';

/** Polls without a new head after which the next provider is asked. */
const QUIET_LOOKS_MAX = 10;

/**
 * Heads in a row for which a whole block is waited once it is known when blocks come. After them, and before that is known, the pause is
 * three quarters of a block: where the head is there by then already, the looks were late.
 */
const WHOLE_PAUSES = 7;

/** Largest jump in height, up or down, that is still linked block by block; a larger one starts afresh. */
const GAP_MAX = 32n;

/** Ends a look. An abort without a reason makes an error with a stack each time. */
const ENDED = new Error('the look has ended');

/** Dependencies of a {@link HeadFollower}. */
export interface HeadFollowerOptions {
  readonly chainId: ChainId;
  readonly rotation: ProviderRotation;
  readonly limits: ChainLimits;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly keccak256: Keccak256;
  /** Blocks up to this height cannot be reorganised; walking back stops there. */
  readonly finalHeight: () => bigint;
}

/**
 * Polls one provider at a time for new heads and reports the depth of reorganisations. Its view is one provider's word,
 * so it only wakes its caller and changes counters.
 */
export class HeadFollower {
  readonly #options: HeadFollowerOptions;
  readonly #heads = new Map<bigint, Pick<ChainBlock, 'hash' | 'logsBloom'>>();
  #newest: ChainBlock | undefined;
  #quietLooks = 0;
  #lookDueMs = 0;
  /** Pauses of a whole block that are left. */
  #wholePauses = 0;

  constructor(options: HeadFollowerOptions) {
    this.#options = options;
  }

  /**
   * Resolves at a new head, when the signal aborts, or after a time limit. Never rejects. Polls are an interval apart,
   * and a longer pause follows a new head, also across calls, so that a provider that invents heads cannot set the
   * pace.
   */
  async waitForHead(signal?: AbortSignal): Promise<void> {
    const { clock, limits } = this.#options;
    const endsAtMs = clock.elapsedMs() + limits.headWaitMaxMs;
    while (signal?.aborted !== true) {
      const dueInMs = this.#lookDueMs - clock.elapsedMs();
      const leftMs = endsAtMs - clock.elapsedMs();
      if (leftMs <= 0) return;
      if (dueInMs > 0) {
        await clock.sleep(Math.min(dueInMs, leftMs), signal);
        continue;
      }
      // From the beginning of the look, so that the time that looks take adds up to no delay.
      const lookedAtMs = clock.elapsedMs();
      const before = this.#quietLooks;
      const fresh = await this.#look(signal);
      this.#lookDueMs = lookedAtMs + Math.max(limits.pollIntervalMs, fresh ? this.#pauseMs(before > 0) : 0);
      if (fresh) return;
    }
  }

  /** Returns the pause after a new head. One that was not there at the look before has come within a poll interval. */
  #pauseMs(isTimed: boolean): number {
    const { blockTimeMs } = this.#options.limits;
    if (isTimed) this.#wholePauses = WHOLE_PAUSES;
    if (this.#wholePauses === 0) return Math.ceil((blockTimeMs * 3) / 4);
    this.#wholePauses -= 1;
    return blockTimeMs;
  }

  /**
   * Returns whether the blocks above a height, up to the newest known head, may contain a log of a contract; true if
   * any of them is unknown. Rests on one provider's word, like every read of blocks that are not final.
   */
  mayHoldLog(contract: Address, after: BlockHeight): boolean {
    if (this.#newest === undefined) return true;
    for (let height = after + 1n; height <= this.#newest.height; height += 1n) {
      const seen = this.#heads.get(height);
      if (seen === undefined) return true;
      if (bloomMayHold(seen.logsBloom, { address: contract, topics: [] }, this.#options.keccak256)) return true;
    }
    return false;
  }

  /**
   * Polls once; returns whether there is a new head. A look ends by the time limit of a wait: a provider whose every
   * answer is slow may show a branch that takes many of them.
   */
  async #look(signal: AbortSignal | undefined): Promise<boolean> {
    const { rotation, limits, clock } = this.#options;
    const provider = rotation.preferred();
    const budget = new CallBudget('a look at the newest head', limits.callsPerFrameMax);
    const [look, deadline] = [new AbortController(), new AbortController()];
    const stop = (): void => look.abort(ENDED);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted === true) stop();
    let isOver = false;
    void clock.sleep(limits.headWaitMaxMs, deadline.signal).then(() => {
      if (isOver) return;
      provider.report(
        chainError('TIMEOUT', `a look at ${provider.name}'s newest head took more than ${limits.headWaitMaxMs} ms`),
      );
      stop();
    });
    try {
      const operation = { budget, signal: look.signal };
      const head = await this.#readBlock(provider, 'latest', operation);
      const fresh = await this.#follow(provider, head, operation);
      this.#quietLooks = fresh ? 0 : this.#quietLooks + 1;
      if (this.#quietLooks >= QUIET_LOOKS_MAX) this.#moveOn();
      return fresh;
    } catch {
      // The provider's failure is counted and reported; the next poll asks another one.
      this.#moveOn();
      return false;
    } finally {
      isOver = true;
      signal?.removeEventListener('abort', stop);
      deadline.abort(ENDED);
    }
  }

  #moveOn(): void {
    this.#quietLooks = 0;
    this.#options.rotation.advance();
  }

  async #follow(
    provider: RpcProvider,
    head: ChainBlock,
    operation: { budget: CallBudget; signal: AbortSignal | undefined },
  ): Promise<boolean> {
    const newest = this.#newest;
    const isFar =
      newest !== undefined && (head.height > newest.height + GAP_MAX || head.height + GAP_MAX < this.#lowest());
    if (newest === undefined || isFar) {
      this.#heads.clear();
      this.#remember(head);
      return true;
    }
    if (this.#heads.get(head.height)?.hash === head.hash || head.height < this.#lowest()) return false;
    const replaced = await this.#link(provider, head, operation);
    if (replaced > 0) {
      this.#options.observer.observe({
        name: 'reorg-seen',
        level: 'info',
        fields: { chain_id: this.#options.chainId, depth: replaced, height: head.height, provider: provider.name },
      });
    }
    return true;
  }

  /** Walks back from a head to the first known block, adopts the new branch and returns how many known blocks it replaced. */
  async #link(
    provider: RpcProvider,
    head: ChainBlock,
    operation: { budget: CallBudget; signal: AbortSignal | undefined },
  ): Promise<number> {
    const branch: ChainBlock[] = [head];
    const bottom = this.#lowest();
    const final = this.#options.finalHeight();
    for (let child = head; child.height > 0n;) {
      const below = child.height - 1n;
      if (this.#heads.get(below)?.hash === child.parentHash || below < bottom || below <= final) break;
      const block = await this.#readBlock(provider, below, operation);
      if (block.hash !== child.parentHash) {
        throw provider.report(
          chainError(
            'HEAD_ASTRAY',
            `block ${below} of ${provider.name} is ${block.hash}; expected ${child.parentHash}, which its next block names`,
          ),
        );
      }
      child = block;
      branch.push(child);
    }
    const lowest = branch.at(-1)?.height ?? head.height;
    const replaced = [...this.#heads].filter(([height, { hash }]) => {
      const other = branch.find((block) => block.height === height);
      return height >= lowest && other?.hash !== hash;
    });
    for (const [height] of replaced) this.#heads.delete(height);
    for (const block of branch.reverse()) this.#remember(block);
    this.#newest = head;
    return replaced.length;
  }

  #lowest(): bigint {
    return [...this.#heads.keys()].reduce((low, height) => (height < low ? height : low), this.#newest?.height ?? 0n);
  }

  #remember(block: ChainBlock): void {
    this.#heads.set(block.height, { hash: block.hash, logsBloom: block.logsBloom });
    this.#newest = block;
    for (const height of this.#heads.keys()) {
      if (this.#heads.size <= this.#options.limits.headsKeptMax) break;
      this.#heads.delete(height);
    }
  }

  #readBlock(
    provider: RpcProvider,
    at: 'latest' | bigint,
    operation: { budget: CallBudget; signal: AbortSignal | undefined },
  ): Promise<ChainBlock> {
    const height = at === 'latest' ? undefined : at;
    return provider.call({
      method: 'eth_getBlockByNumber',
      params: [height === undefined ? at : toQuantity(height), false],
      parse: (result) => parseBlock(result, this.#options.keccak256, height),
      ...operation,
    });
  }
}
