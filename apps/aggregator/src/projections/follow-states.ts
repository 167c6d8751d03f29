import type { FollowCondition } from '@surety/workflows';
import type { EventFeed } from '../events/event-feed.js';

/** State of following each chain, as its loop last reported. */
export class FollowStates {
  readonly ledger: FollowState;
  readonly vaults: readonly FollowState[];
  /** State of reading again what books of the ledger's journals lack. Its chain's own state is that of the ledger. */
  released: FollowCondition = { kind: 'starting' };

  constructor(feed: EventFeed, at: { readonly settlementChainId: number; readonly vaultChainIds: readonly number[] }) {
    this.ledger = new FollowState(feed, at.settlementChainId);
    this.vaults = at.vaultChainIds.map((chainId) => new FollowState(feed, chainId));
  }
}

/** The last reported condition of one chain. Streams are told when its kind changes. */
class FollowState {
  readonly #feed: EventFeed;
  readonly chainId: number;
  #condition: FollowCondition = { kind: 'starting' };

  constructor(feed: EventFeed, chainId: number) {
    this.#feed = feed;
    this.chainId = chainId;
  }

  get condition(): FollowCondition {
    return this.#condition;
  }

  set(condition: FollowCondition): void {
    const isNew = condition.kind !== this.#condition.kind;
    this.#condition = condition;
    if (!isNew) return;
    const code = condition.kind === 'failing' ? condition.code : null;
    this.#feed.publish('chain', { chainId: this.chainId, condition: condition.kind, code });
  }
}
