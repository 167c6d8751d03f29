import { leastOf } from '../portfolio/wad.js';
import type { MarketSnapshot } from './market-snapshot.js';

/**
 * The collateral of each source that one account may still count for initial. One room is kept for all lines of an
 * account, hedges and the rest: if each of them had its own, every hedged underlying would count the cap once more.
 */
export class SourceRoom {
  readonly #sources: MarketSnapshot['sources'];
  readonly #taken = new Map<string, bigint>();

  constructor({ sources }: Pick<MarketSnapshot, 'sources'>) {
    this.#sources = sources;
  }

  /** Takes a value of a source and returns as much of it as counts. */
  take(source: string, value: bigint): bigint {
    const cap = this.#sources.get(source)?.accountCap;
    if (cap === undefined) return value;
    const taken = this.#taken.get(source) ?? 0n;
    const counted = leastOf(value, cap - taken);
    this.#taken.set(source, taken + counted);
    return counted;
  }
}
