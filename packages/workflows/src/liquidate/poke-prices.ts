import type { AuctionAccount } from '../ports/auctions.js';
import type { Observer } from '../ports/observer.js';
import { type KeepPricesFreshDeps, type PokeMemory, pokeOnce } from '../relay/keep-prices-fresh.js';

/** Where prices of feeds are compared with the cached ones, and brought to the risk manager. */
export type PokedPrices = Pick<KeepPricesFreshDeps, 'slots' | 'board' | 'ledger' | 'clock'>;

/** The memory of a keeper of its pokes. */
export interface PokingMemory {
  /** Pauses of slots whose poke changed nothing. */
  readonly pauses: PokeMemory;
  /** The block of the last refusal for which prices were compared, and whether any were poked. */
  comparedAt: bigint | undefined;
  hasPoked: boolean;
  /** True while pokes are under way: a crash may refuse bids in each block, and the same poke would be paid again. */
  isPoking: boolean;
}

/** Returns the memory of a keeper that has poked nothing. */
export function freshPokingMemory(): PokingMemory {
  return { pauses: new Map(), comparedAt: undefined, hasPoked: false, isPoking: false };
}

/**
 * Refusals of a bid that was sized at a cached price, by a protocol that takes its share at its feed's own. It pokes that price itself, but its
 * refusal undoes the poke, and so the next bid would meet the same.
 */
const REFUSED_BY_PRICE: ReadonlySet<string> = new Set(['TakeOverTooLarge', 'LossTooLarge', 'NoRelief']);

/** Any move matters: a protocol refuses a single unit too much. */
const ANY_MOVE = { moveBps: 1, ageShareBps: 10_000, pollIntervalMs: 0 } as const;

/** True of a refusal that a newer price of a feed explains. */
export function isRefusedByPrice(name: string): boolean {
  return REFUSED_BY_PRICE.has(name);
}

/**
 * Pokes the prices that feeds have and the risk manager has not, once for all bids that were refused at a block.
 * @returns true if any were poked, so that a bid is worth another look.
 * @throws the errors of board and ledger.
 */
export async function pokeForBid(
  { prices, observer }: { readonly prices?: PokedPrices | undefined; readonly observer: Observer },
  memory: PokingMemory,
  { height }: Pick<AuctionAccount, 'height'>,
  signal?: AbortSignal,
): Promise<boolean> {
  if (prices === undefined) return false;
  if (memory.isPoking || memory.comparedAt === height) return memory.hasPoked;
  // Whoever is refused meanwhile looks again in the next block, when the poke may have landed.
  [memory.comparedAt, memory.hasPoked] = [height, true];
  memory.isPoking = true;
  try {
    const { pokes } = await pokeOnce({ ...prices, observer, policy: ANY_MOVE }, memory.pauses, signal);
    memory.hasPoked = pokes.length > 0;
  } finally {
    memory.isPoking = false;
  }
  return memory.hasPoked;
}
