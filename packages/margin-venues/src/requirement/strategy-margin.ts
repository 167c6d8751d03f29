import {
  type Fraction,
  ZERO,
  absolute,
  add,
  compare,
  decimal,
  maximum,
  minimum,
  multiply,
  positivePart,
  subtract,
  sum,
} from '@surety/margin';

/** Kind of a strategy's underlying; sets the value share that a naked short option needs. */
export type UnderlyingType = 'equity' | 'broad-index';

/** Shares of the underlying's value. @source Cboe strategy-based margin, Regulation T */
const NAKED_SHARE = { equity: decimal('0.2'), 'broad-index': decimal('0.15') };
const NAKED_FLOOR_SHARE = decimal('0.1');
const STOCK_SHARE = decimal('0.5');

/** Shares held or short. */
export interface StockLeg {
  readonly type: 'stock';
  readonly quantity: Fraction;
}

/** Contracts of one option; strike and premium are per unit of the underlying. */
export interface OptionLeg {
  readonly type: 'call' | 'put';
  readonly quantity: Fraction;
  readonly strike: Fraction;
  readonly premium: Fraction;
}

/** One underlying with everything held on it. */
export interface Strategy {
  readonly underlyingPrice: Fraction;
  readonly underlyingType: UnderlyingType;
  /** Units per contract. */
  readonly multiplier: Fraction;
  readonly legs: readonly (StockLeg | OptionLeg)[];
}

/**
 * Returns the margin of a strategy net of option premium: paid premium added, received premium subtracted. Held shares cover the
 * short calls with the highest requirement, in any order of legs.
 */
export function strategyMarginOf(strategy: Strategy): Fraction {
  const stock = strategy.legs.filter((leg) => leg.type === 'stock');
  const options = strategy.legs.filter((leg) => leg.type !== 'stock');
  const shares = sum(stock.map(({ quantity }) => quantity));
  return sum([
    ...stock.map(({ quantity }) => multiply(absolute(quantity), strategy.underlyingPrice, STOCK_SHARE)),
    ...options.map(({ quantity, premium }) => multiply(quantity, strategy.multiplier, premium)),
    ...nakedRequirements(strategy, options, positivePart(shares)),
  ]);
}

function nakedRequirements(strategy: Strategy, options: readonly OptionLeg[], shares: Fraction): readonly Fraction[] {
  const shorts = options
    .filter(({ quantity }) => quantity.n < 0n)
    .map((option) => ({ option, needed: nakedUnitRequirement(strategy, option) }))
    .toSorted((left, right) => compare(right.needed, left.needed));
  let covering = shares;
  return shorts.map(({ option, needed }) => {
    const units = multiply(absolute(option.quantity), strategy.multiplier);
    const covered = option.type === 'call' ? minimum(units, covering) : ZERO;
    covering = subtract(covering, covered);
    // A covered call needs nothing beside the stock, so its premium lowers the total.
    return multiply(subtract(units, covered), needed);
  });
}

/** Premium and a share of the underlying less what is out of the money, at least premium and a tenth. */
function nakedUnitRequirement({ underlyingPrice, underlyingType }: Strategy, option: OptionLeg): Fraction {
  const { type, strike, premium } = option;
  const distance = type === 'call' ? subtract(strike, underlyingPrice) : subtract(underlyingPrice, strike);
  const share = subtract(multiply(NAKED_SHARE[underlyingType], underlyingPrice), positivePart(distance));
  const floor = multiply(NAKED_FLOOR_SHARE, type === 'call' ? underlyingPrice : strike);
  return add(premium, maximum(share, floor));
}
