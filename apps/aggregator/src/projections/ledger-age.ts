import type { MarginView } from '@surety/api';
import type { Network } from '@surety/config';
import { type Clock, LedgerFollower } from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import type { ListedChains } from '../status/chain-views.js';
import { TOKENS } from '../tokens.js';

/** Seconds that providers, polls and a fold may add to what finality takes. */
const SLACK_S = 300;

/** Tells how far the last folded block is behind the clock: a chain whose finality stands still, and providers that do, fail in nothing else. */
@Injectable()
export class LedgerAge {
  /** Seconds that a folded block may be old: twice what the chain's finality takes, and some slack. */
  readonly mostS: bigint;
  /** False for a development chain, whose clock people set. */
  readonly #isJudged: boolean;
  readonly #follower: Pick<LedgerFollower, 'snapshot'>;
  readonly #clock: Pick<Clock, 'nowMs'>;

  constructor(
    @Inject(LedgerFollower) follower: Pick<LedgerFollower, 'snapshot'>,
    @Inject(TOKENS.listedChains) { network, settlementChainId }: Pick<ListedChains, 'network' | 'settlementChainId'>,
    @Inject(TOKENS.clock) clock: Pick<Clock, 'nowMs'>,
  ) {
    const chain = network.chains.find(({ chainId }) => chainId === settlementChainId);
    this.mostS = BigInt(SLACK_S + 2 * (chain === undefined ? 0 : finalitySecondsOf(chain)));
    this.#isJudged = chain?.development !== true;
    this.#follower = follower;
    this.#clock = clock;
  }

  /** Seconds by which the last folded block is older than it may be; 0 while it is not, before there is one, and on a development chain. */
  get overdueS(): bigint {
    const block = this.#follower.snapshot?.block;
    if (block === undefined || !this.#isJudged) return 0n;
    const overdueS = BigInt(Math.floor(this.#clock.nowMs() / 1_000)) - block.timestamp - this.mostS;
    return overdueS > 0n ? overdueS : 0n;
  }

  /** Adds `block-old` to the conditions of a margin whose block is older than it may be. */
  mark(margin: MarginView): MarginView {
    return this.overdueS === 0n ? margin : { ...margin, conditions: [...margin.conditions, 'block-old'] };
  }
}

/** The most that a final block is behind the head: a tag is two steps behind when it moves, and three before it moves again. */
function finalitySecondsOf({ finality, blockTimeMs }: Network['chains'][number]): number {
  const blocks = finality.stepBlocks + (finality.rule === 'depth' ? finality.depth : 2 * finality.stepBlocks);
  return Math.ceil((blocks * blockTimeMs) / 1_000);
}
