import { address } from '@surety/domain';
import type { AssetLimits, CreditQuote, LedgerAsker, SlotFeed } from '../terms/ledger-asker.js';

/** Limits of a dollar of 6 decimals, of which half a million may be in use unconfirmed. */
export const LIMITS: AssetLimits = {
  minimum: 1_000_000n,
  cap: 4_000_000_000_000n,
  room: 3_999_000_000_005n,
  fastLimit: 500_000_000_000n,
  fastUsed: 1_000_000_000n,
  burst: 1_000_000_000_000n,
  bucketRoom: 999_000_000_000n,
  seasonRoom: 250_000_000_000n,
  pause: undefined,
};

/** A ledger that says what a test wants, and counts how often it is asked. */
export class FakeLedgerAsker implements LedgerAsker {
  readonly limits = new Map<number, AssetLimits>();
  readonly feeds = new Map<number, SlotFeed>([[1, { feed: address(`0x${'fe'.repeat(20)}`), sellsFrom: 0n }]]);
  failure: Error | undefined;
  reads = 0;

  async readLimits(assets: Parameters<LedgerAsker['readLimits']>[0]): ReturnType<LedgerAsker['readLimits']> {
    this.#ask();
    return new Map(assets.map(({ assetId }) => [assetId, this.limits.get(assetId) ?? LIMITS]));
  }

  /** Verdict of the ledger on any credit. */
  credit: CreditQuote = { reason: 'NONE', at: 0n, unseasoned: 0n, seasonEnd: 0n };

  async quoteCredit(): Promise<CreditQuote> {
    this.#ask();
    return this.credit;
  }

  async readFeeds(slots: readonly number[]): ReturnType<LedgerAsker['readFeeds']> {
    this.#ask();
    return new Map([...this.feeds].filter(([slot]) => slots.includes(slot)));
  }

  #ask(): void {
    this.reads += 1;
    if (this.failure !== undefined) throw this.failure;
  }
}
