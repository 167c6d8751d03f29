import { WAD, coveredLine, mulDivDown, tokenUnits } from '@surety/domain';
import { type UnitRate, linePriceOf, lineRatesOf } from '@surety/margin';
import { type MarginSnapshot, coverageIn } from '../ledger-projection/margin-snapshot.js';
import type { AssetTerms } from '../ledger-projection/settlement-reader.js';

/** The worth of units of one asset. */
export interface AssetRate {
  readonly rate: UnitRate;
  /** Coverage in force, WAD. */
  readonly coverageWad: bigint;
  /** The asset has no accepted price: an account with a covered unit counts as having no assets. */
  readonly isMissing: boolean;
}

/** Returns the worth of units at maintenance at the snapshot's time, in lowest terms: short factors multiply fast. */
export function rateOf(terms: AssetTerms, snapshot: MarginSnapshot): AssetRate {
  const { assetId, asset, source, prices } = terms;
  const none = tokenUnits(0n);
  const line = { amount: none, unseasoned: none, seasonEnd: 0n, asset, source, prices };
  const { timestamp } = snapshot.block;
  const { n, d } = lineRatesOf(line, timestamp).maintenance;
  const divisor = commonDivisor(n, d);
  return {
    rate: { n: mulDivDown(n, 1n, divisor), d: mulDivDown(d, 1n, divisor) },
    coverageWad: coverageIn(snapshot, assetId),
    isMissing: linePriceOf(prices, timestamp).missing,
  };
}

/** Returns the worth of units at their price alone, without any weight. */
export function priceRateOf({ assetId, asset, prices }: AssetTerms, snapshot: MarginSnapshot): AssetRate {
  const { price1e12, missing: isMissing } = linePriceOf(prices, snapshot.block.timestamp);
  const rate = { n: price1e12 * 10n ** 6n, d: 10n ** BigInt(asset.decimals) };
  return { rate, coverageWad: coverageIn(snapshot, assetId), isMissing };
}

/** Returns what units are worth, 18 decimals, rounded down; nothing without a rate. */
export function valueOf(amount: bigint, at: AssetRate | undefined): bigint {
  return at === undefined ? 0n : mulDivDown(coveredUnits(amount, at), at.rate.n, at.rate.d);
}

/** Returns the units that count, rounded down. */
export function coveredUnits(amount: bigint, { coverageWad }: AssetRate): bigint {
  return coverageWad === WAD ? amount : coveredLine({ amount, unseasoned: 0n }, coverageWad).amount;
}

/** True if any amount is worth the same at both. */
export function isSameRate(left: AssetRate | undefined, right: AssetRate | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return (
    left.rate.n === right.rate.n &&
    left.rate.d === right.rate.d &&
    left.coverageWad === right.coverageWad &&
    left.isMissing === right.isMissing
  );
}

function commonDivisor(left: bigint, right: bigint): bigint {
  return right === 0n ? left : commonDivisor(right, left % right);
}
