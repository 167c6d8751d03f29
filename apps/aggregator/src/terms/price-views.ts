import type { PriceView, PricesAnswer } from '@surety/api';
import { PPM, address, ppm, tokenUnits } from '@surety/domain';
import { type CachedPrice, type Freshness, linePriceOf, lineStatusOf, slowPriceAt } from '@surety/margin';
import { type Clock, type FinalBlock, LedgerFollower } from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { conditionsOf } from '../accounts/margin-parts.js';
import { KeptAnswers } from '../kept-answers.js';
import type { ListedChains } from '../status/chain-views.js';
import { TOKENS } from '../tokens.js';
import { ageAt, askLedger, foldedAssets, requireSnapshot, viewBlock } from './folded-terms.js';
import type { LedgerAsker, SlotFeed } from './ledger-asker.js';

/** Age in milliseconds up to which feeds are not asked for again: they change by a timelock alone. */
const FEEDS_KEPT_MS = 60_000;

/** A source without a fault, so that the bits are those of the price alone. */
const FRESH: Freshness = { initial: ppm(PPM), maintenance: ppm(PPM), condition: 'fresh' };

/** One price slot with the assets that it values. */
interface Slot {
  readonly price: CachedPrice;
  readonly assets: readonly number[];
}

type FeedFields = 'symbol' | 'feed' | 'sellsFrom' | 'sources';
type ListedUnderlying = NonNullable<ListedChains['network']['settlement']>['underlyings'][number];

/** Shows the prices that value listed assets. */
@Injectable()
export class PriceViews {
  readonly #feeds: KeptAnswers<string, ReadonlyMap<number, SlotFeed>>;

  constructor(
    @Inject(LedgerFollower) private readonly follower: LedgerFollower,
    @Inject(TOKENS.ledgerAsker) private readonly asker: LedgerAsker,
    @Inject(TOKENS.listedChains) private readonly listed: ListedChains,
    @Inject(TOKENS.clock) clock: Clock,
  ) {
    this.#feeds = new KeptAnswers(clock, FEEDS_KEPT_MS);
  }

  /** Returns every price slot, ascending, at the last folded block. @throws Problem 503. */
  async prices(): Promise<PricesAnswer> {
    const snapshot = requireSnapshot(this.follower);
    const { block } = snapshot;
    const slots = slotsOf(foldedAssets(this.follower, snapshot));
    const numbers = [...slots.keys()].sort((left, right) => left - right);
    const feeds = await askLedger(this.#feeds.read(numbers.join(), () => this.asker.readFeeds(numbers, block)));
    const underlyings = this.listed.network.settlement?.underlyings ?? [];
    const prices = numbers.flatMap((slot) => {
      const own = slots.get(slot);
      const listed = underlyings.find(({ id }) => id === slot);
      return own === undefined ? [] : [{ slot, ...viewSlot(own, block), ...viewFeed(feeds.get(slot), listed, block) }];
    });
    return { block: viewBlock(block), prices };
  }
}

/** Returns the price slots that value listed assets, with what was cached of each. */
export function slotsOf(folded: ReturnType<typeof foldedAssets>): Map<number, Slot> {
  const slots = new Map<number, Slot>();
  for (const { asset, terms } of folded) {
    const numbers = asset.ownPrice === 0 ? [asset.underlying] : [asset.underlying, asset.ownPrice];
    for (const [at, slot] of numbers.entries()) {
      const price = terms.prices[at];
      if (price !== undefined) slots.set(slot, { price, assets: [...(slots.get(slot)?.assets ?? []), asset.assetId] });
    }
  }
  return slots;
}

function viewSlot({ price, assets }: Slot, block: FinalBlock): Omit<PriceView, 'slot' | FeedFields> {
  const line = { units: tokenUnits(1n), price: linePriceOf([price], block.timestamp), freshness: FRESH };
  const status = lineStatusOf(line);
  const accepted = price.observedAt > 0n;
  return {
    assets,
    price1e12: price.price1e12,
    slow1e12: accepted ? slowPriceAt(price, block.timestamp) : 0n,
    confidencePpm: price.confPpm,
    observedAt: price.observedAt,
    ageS: accepted ? ageAt(block, price.observedAt) : null,
    ageMostS: { initial: price.maxAgeS, exit: null, maintenance: null },
    status: Number(status),
    conditions: conditionsOf(status),
  };
}

function viewFeed(
  found: SlotFeed | undefined,
  listed: ListedUnderlying | undefined,
  block: FinalBlock,
): Pick<PriceView, FeedFields> {
  const sources = (listed?.sources ?? []).map((source) => ({
    kind: source.kind,
    network: source.kind === 'aggregator' ? source.network : null,
    adapter: address(source.adapter),
  }));
  const waits = found !== undefined && found.sellsFrom > block.timestamp;
  return {
    symbol: listed?.symbol ?? null,
    feed: found?.feed ?? null,
    sellsFrom: waits ? found.sellsFrom : null,
    sources,
  };
}
