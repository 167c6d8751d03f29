import {
  type Fraction,
  ZERO,
  absolute,
  add,
  compare,
  maximum,
  minimum,
  multiply,
  negate,
  positivePart,
  quotient,
  subtract,
  sum,
} from '@surety/margin';
import type { Weights } from './token-health.js';

/** A price band: assets are valued at the lower end, debts at the upper. */
export interface PriceBand {
  readonly lower: Fraction;
  readonly upper: Fraction;
}

/** A token balance with its open orders. */
export interface SpotBalance {
  /** Signed tokens. */
  readonly amount: Fraction;
  /** Quote per token; orders fill at it. */
  readonly price: Fraction;
  readonly band: PriceBand;
  readonly weights: Weights;
  /** Tokens that bids may add, ≥ 0, and that asks may take away, ≤ 0. */
  readonly openBids: Fraction;
  readonly openAsks: Fraction;
  /** Total cost of its open orders, in quote. */
  readonly orderFees: Fraction;
}

/** A perpetual position; its notional is a debt in the quote currency. */
export interface PerpBalance {
  readonly size: Fraction;
  readonly price: Fraction;
  /** Signed quote, so that pnl = size·price + quoteAmount. */
  readonly quoteAmount: Fraction;
  readonly marginRatio: Fraction;
}

/** Counted collateral and requirement, and both again with a liquidation buffer, in quote value. */
export interface CollateralAndRequirement {
  readonly collateral: Fraction;
  readonly requirement: Fraction;
  readonly collateralWithBuffer: Fraction;
  readonly requirementWithBuffer: Fraction;
}

/** One part of an account before the buffer. */
interface Part {
  readonly collateral: Fraction;
  readonly requirement: Fraction;
  /** Unweighted value owed, which the buffer is a share of. */
  readonly liabilityValue: Fraction;
  /** Value of a loss that counts as negative collateral. */
  readonly loss: Fraction;
}

/** Returns the band of a price: the price alone, or with a slower one. */
export function priceBandOf(price: Fraction, slower: Fraction | undefined): PriceBand {
  if (slower === undefined) return { lower: price, upper: price };
  return { lower: minimum(price, slower), upper: maximum(price, slower) };
}

/** Sums an account of a quote balance, other balances and perpetuals. @source Drift v2, cross margin */
export function collateralAndRequirementOf(
  account: {
    readonly quote: Fraction;
    readonly quoteBand: PriceBand;
    readonly spots: readonly SpotBalance[];
    readonly perps: readonly PerpBalance[];
  },
  bufferRatio: Fraction,
): CollateralAndRequirement {
  const parts = [
    unweightedPart(valueIn(account.quote, account.quoteBand)),
    ...account.spots.map(spotPart),
    ...account.perps.map((perp) => perpPart(perp, account.quoteBand)),
  ];
  const total = (pick: (part: Part) => Fraction) => sum(parts.map(pick));
  const collateral = total((part) => part.collateral);
  const requirement = total((part) => part.requirement);
  return {
    collateral,
    requirement,
    collateralWithBuffer: subtract(
      collateral,
      multiply(
        bufferRatio,
        total((part) => part.loss),
      ),
    ),
    requirementWithBuffer: add(
      requirement,
      multiply(
        bufferRatio,
        total((part) => part.liabilityValue),
      ),
    ),
  };
}

/**
 * Returns the tokens that may leave: at most what is owned and what free collateral covers, less dust; never below 0.
 */
export function withdrawableOf(
  balance: Pick<SpotBalance, 'amount' | 'band' | 'weights'>,
  freeCollateral: Fraction,
  dust: Fraction,
): Fraction {
  if (freeCollateral.n <= 0n) return ZERO;
  const counted = multiply(balance.band.lower, balance.weights.asset);
  // Collateral that counts nothing may leave.
  const carried = counted.n <= 0n ? balance.amount : minimum(balance.amount, quotient(freeCollateral, counted));
  return positivePart(subtract(carried, dust));
}

function valueIn(amount: Fraction, { lower, upper }: PriceBand): Fraction {
  return multiply(amount, amount.n < 0n ? upper : lower);
}

/** A value in quote with weight 1 both ways. */
function unweightedPart(value: Fraction): Part {
  const owed = positivePart(negate(value));
  return { collateral: positivePart(value), requirement: owed, liabilityValue: owed, loss: ZERO };
}

/** The worse of the balance with all bids and with all asks filled, by what it leaves free. */
function spotPart(spot: SpotBalance): Part {
  const [bids, asks] = [filledPart(spot, spot.openBids), filledPart(spot, spot.openAsks)];
  const free = (part: Part) => subtract(part.collateral, part.requirement);
  const worse = compare(free(asks), free(bids)) <= 0 ? asks : bids;
  return { ...worse, requirement: add(worse.requirement, spot.orderFees) };
}

function filledPart(spot: SpotBalance, filled: Fraction): Part {
  const value = valueIn(add(spot.amount, filled), spot.band);
  const paid = unweightedPart(negate(multiply(filled, spot.price)));
  const owed = positivePart(negate(value));
  return {
    collateral: add(multiply(positivePart(value), spot.weights.asset), paid.collateral),
    requirement: add(multiply(owed, spot.weights.liability), paid.requirement),
    liabilityValue: add(owed, paid.liabilityValue),
    loss: ZERO,
  };
}

function perpPart({ size, price, quoteAmount, marginRatio }: PerpBalance, quoteBand: PriceBand): Part {
  const notional = multiply(absolute(size), price, quoteBand.upper);
  const pnl = valueIn(add(multiply(size, price), quoteAmount), quoteBand);
  return {
    collateral: pnl,
    requirement: multiply(notional, marginRatio),
    liabilityValue: notional,
    loss: positivePart(negate(pnl)),
  };
}
