import { canonicalText } from '@surety/margin';
import type { Difference } from './judge-report.js';

/** What of an underlying stands on no chain, as a report's inputs write it. */
interface WrittenMarket {
  readonly market?: unknown;
  /** Of the feed, which is outside the market; 1 if left out. */
  readonly confidence?: unknown;
}

interface WrittenBook {
  readonly book: { readonly underlyings: Readonly<Record<string, WrittenMarket>> };
}

/**
 * Compares the markets of a report's inputs with those that the signer wrote down for itself: volumes, volatilities, forwards,
 * rates and the feeds' confidences stand on no chain. Both as they are written, number by number. `markets` is
 * `{"<underlying>":{…}}`: the market's members, and `confidence` for the underlying's feed (1 if left out).
 */
export function compareMarkets(written: unknown, markets: Readonly<Record<string, object>>): Difference[] {
  // The book was parsed before, so its underlyings are there.
  const { underlyings } = (written as WrittenBook).book;
  return Object.entries(underlyings).flatMap(([name, { market, confidence }]) => {
    const own = ownOf(markets[name]);
    return [
      ...differingText(`inputs.book.underlyings.${name}.market`, market, own.market),
      ...differingText(`inputs.book.underlyings.${name}.confidence`, confidence ?? '1', own.confidence ?? '1'),
    ];
  });
}

function ownOf(own: object | undefined): WrittenMarket {
  const { confidence, ...market } = (own ?? {}) as Readonly<Record<string, unknown>>;
  return Object.keys(market).length === 0 ? { confidence } : { market, confidence };
}

function differingText(field: string, left: unknown, right: unknown): Difference[] {
  const [seen, expected] = [canonicalText(left), canonicalText(right)];
  return seen === expected ? [] : [{ field, seen, expected }];
}
