import { type CachedPrice, type PriceFeed, type ReportInputs, linePriceOf } from '@surety/margin';
import { type ReportDifference, reportDifferences } from './judge-report.js';
import { type AssetOnChain, WAD_PER_PRICE } from './report-chain.js';

/**
 * Compares how a report's inputs list an asset with the ledger's terms: decimals, underlying, and the price of its
 * lines. That price is the underlying's, unless the asset's own is lower. A book has one number for an own price, which
 * is 0 if either price is stale or missing.
 */
export function compareAsset(inputs: ReportInputs, asset: string, onChain: AssetOnChain): ReportDifference[] {
  const { bindings, snapshot, subject } = inputs;
  const path = `inputs.book.assets.${asset}`;
  const listed = snapshot.assets.get(asset);
  const underlying = listed?.underlying ?? '';
  const wrongTerms = [
    ...reportDifferences(`${path}.decimals`, listed?.asset.decimals, onChain.decimals),
    ...reportDifferences(
      `${path}.underlying`,
      `${underlying} of slot ${bindings.prices.get(underlying)}`,
      `${nameOf(inputs, onChain.underlying)} of slot ${onChain.underlying}`,
    ),
  ];
  const ofUnderlying = snapshot.underlyings.get(underlying)?.feed;
  // A price means nothing for another underlying.
  if (wrongTerms.length > 0 || listed === undefined || ofUnderlying === undefined) return wrongTerms;
  const expected = priceOf(ofUnderlying, onChain.prices, subject.asOf);
  return reportDifferences(`${path}.price`, told(listed.feed), told(expected));
}

/**
 * Returns the price that a book states for an asset, WAD: undefined if the underlying's price counts, 0 if either is
 * stale, missing or of a failing feed, otherwise the asset's own.
 */
export function ownPriceOf(prices: readonly CachedPrice[], at: bigint): bigint | undefined {
  if (prices.length === 1) return undefined;
  const { price1e12, stale, missing, failing, place } = linePriceOf(prices, at);
  if (stale || missing || failing) return 0n;
  return place === 0 ? undefined : price1e12 * WAD_PER_PRICE;
}

type Price = Pick<PriceFeed, 'price' | 'slow' | 'halfWidth' | 'ageS'>;

function priceOf(ofUnderlying: PriceFeed, prices: readonly CachedPrice[], at: bigint): Price {
  const price = ownPriceOf(prices, at);
  return price === undefined ? ofUnderlying : { price, slow: price, halfWidth: 0n, ageS: 0n };
}

function told({ price, slow, halfWidth, ageS }: Price): string {
  return `${price} of 1e18 (slow ${slow}, half width ${halfWidth}, ${ageS} s old)`;
}

/** The book's own name of a price slot; prices are compared by the slots' symbols. */
function nameOf({ bindings }: ReportInputs, slot: number): string {
  return [...bindings.prices].find(([, bound]) => bound === slot)?.[0] ?? 'an underlying';
}
