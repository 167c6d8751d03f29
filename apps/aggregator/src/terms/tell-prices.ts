import type { Clock, LedgerFollower, Observer } from '@surety/workflows';
import type { ListedChains } from '../status/chain-views.js';
import type { FollowStates } from '../projections/follow-states.js';
import type { LedgerAge } from '../projections/ledger-age.js';
import { foldedAssets } from './folded-terms.js';
import { slotsOf } from './price-views.js';

/** Pause between two looks: a price counts for minutes at least. */
const PRICES_LOOK_MS = 15_000;

/** Looks at the same block after which a fold that is not current stands still: a minute. */
const LOOKS_STILL = 4;

/**
 * Tells for how long each price still counts for new debt at the last folded block, until the signal aborts; alarms are written
 * by that.
 */
export async function tellPrices(
  {
    follower,
    age,
    states,
    listed,
    clock,
    observer,
  }: {
    readonly follower: Pick<LedgerFollower, 'snapshot' | 'books'>;
    readonly age: Pick<LedgerAge, 'overdueS'>;
    readonly states: { readonly ledger: Pick<FollowStates['ledger'], 'condition'> };
    readonly listed: Pick<ListedChains, 'network'>;
    readonly clock: Clock;
    readonly observer: Observer;
  },
  signal: AbortSignal,
): Promise<void> {
  const symbols = new Map(listed.network.settlement?.underlyings.map(({ id, symbol }) => [id, symbol]));
  let [height, looksStill] = [-1n, 0];
  while (!signal.aborted) {
    const { snapshot } = follower;
    const slots = snapshot === undefined ? [] : slotsOf(foldedAssets(follower, snapshot));
    looksStill = snapshot?.block.height === height ? looksStill + 1 : 0;
    height = snapshot?.block.height ?? height;
    // While missed blocks are folded one after the other, their age says nothing of the chain's prices.
    const isCatchingUp = states.ledger.condition.kind !== 'current' && looksStill < LOOKS_STILL;
    const overdueS = isCatchingUp ? 0n : age.overdueS;
    for (const [slot, { price }] of slots) {
      // By the block's own time, since at a final block every price is older than at the newest; by the clock once that stands still.
      const left = price.observedAt + BigInt(price.maxAgeS) - (snapshot?.block.timestamp ?? 0n) - overdueS;
      observer.observe({
        name: 'price-read',
        level: 'debug',
        fields: {
          underlying: symbols.get(slot) ?? String(slot),
          left_s: price.failing && left > 0n ? 0 : Number(left),
        },
      });
    }
    await clock.sleep(PRICES_LOOK_MS, signal);
  }
}
