import { canonicalText } from '@surety/margin';
import type { Difference } from './judge-report.js';

/** A book as a report's inputs write it, as far as markets are concerned. */
interface WrittenBook {
  readonly book: { readonly underlyings: Readonly<Record<string, { readonly market?: unknown }>> };
}

/**
 * Compares the markets of a report's inputs with those that the signer wrote down for itself: volumes, volatilities, forwards and
 * rates stand on no chain. Both as they are written, number by number. `markets` is `{"<underlying>":{…}}`.
 */
export function compareMarkets(written: unknown, markets: Readonly<Record<string, unknown>>): Difference[] {
  // The book was parsed before, so its underlyings are there.
  const { underlyings } = (written as WrittenBook).book;
  return Object.entries(underlyings).flatMap(([name, { market }]) => {
    const [seen, expected] = [canonicalText(market), canonicalText(markets[name])];
    return seen === expected ? [] : [{ field: `inputs.book.underlyings.${name}.market`, seen, expected }];
  });
}
