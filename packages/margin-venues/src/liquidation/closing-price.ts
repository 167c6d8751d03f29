import {
  type Fraction,
  ONE,
  ZERO,
  add,
  clamp,
  fraction,
  marginError,
  multiply,
  negate,
  quotient,
  subtract,
  sum,
} from '@surety/margin';
import { divide, magnitude } from '@surety/margin/arithmetic';
import { quantumNotionalOf } from '../requirement/quantum-notional.js';

/** A position in whole quantums. */
export interface QuantumPosition {
  readonly market: string;
  /** Signed. */
  readonly baseQuantums: bigint;
  /** Quote units per whole base unit. */
  readonly oraclePrice: Fraction;
  /** One quantum is 10^this base units. */
  readonly atomicResolution: bigint;
  readonly maintenanceMarginRatio: Fraction;
}

/** An account with one position to be closed. */
export interface ClosingAccount {
  readonly quoteBalanceQuantums: bigint;
  readonly positions: readonly QuantumPosition[];
  readonly closingMarket: string;
}

/** The distance of a liquidation's price from the oracle towards bankruptcy. */
export interface FillableSpread {
  readonly bankruptcyAdjustment: Fraction;
  readonly spreadToMaintenance: Fraction;
}

/**
 * Returns what the account receives (positive) or pays for closing `delta` quantums so that its net collateral shrinks with its
 * requirement: −Δnotional − floor(TNC·|ΔMMR|/TMMR), in whole quote quantums rounded up.
 * @source dYdX v4
 * @throws INCONSISTENT_INPUT unless delta closes; UNDEFINED_RESULT without a requirement.
 */
export function bankruptcyQuoteOf(account: ClosingAccount, delta: bigint): bigint {
  const closing = closingPositionOf(account);
  const held = closing.baseQuantums;
  if (delta === 0n || held * delta >= 0n || magnitude(delta) > magnitude(held)) {
    throw marginError('INCONSISTENT_INPUT', `a change of ${delta} does not close a position of ${held} quantums`);
  }
  const after = { ...closing, baseQuantums: held + delta };
  const released = fraction(magnitude(requirementOf(after) - requirementOf(closing)));
  const { netCollateral, requirement } = totalsOf(account);
  const share = quotient(multiply(netCollateral, released), requirement);
  const moved = subtract(notionalOf(after), notionalOf(closing));
  const received = subtract(negate(moved), fraction(divide(share.n, share.d, 'floor')));
  return divide(received.n, received.d, 'ceil');
}

/**
 * Returns (PNNV − clamp(adjustment·(1 − TNC/TMMR), 0, 1)·spread·PMMR)/PS in quote quantums per base quantum, exact.
 * @source dYdX v4 @throws UNDEFINED_RESULT for a position of 0 or without a requirement.
 */
export function fillablePriceOf(account: ClosingAccount, spread: FillableSpread): Fraction {
  const closing = closingPositionOf(account);
  const { netCollateral, requirement } = totalsOf(account);
  const distress = multiply(spread.bankruptcyAdjustment, subtract(ONE, quotient(netCollateral, requirement)));
  const given = multiply(clamp(distress, ZERO, ONE), spread.spreadToMaintenance, fraction(requirementOf(closing)));
  return quotient(subtract(notionalOf(closing), given), fraction(closing.baseQuantums));
}

function closingPositionOf({ positions, closingMarket }: ClosingAccount): QuantumPosition {
  const closing = positions.find(({ market }) => market === closingMarket);
  if (closing === undefined) {
    throw marginError('INCONSISTENT_INPUT', `closingMarket ${closingMarket} is not among the positions`);
  }
  return closing;
}

function totalsOf({ quoteBalanceQuantums, positions }: ClosingAccount): {
  readonly netCollateral: Fraction;
  readonly requirement: Fraction;
} {
  return {
    netCollateral: add(fraction(quoteBalanceQuantums), sum(positions.map(notionalOf))),
    requirement: fraction(positions.reduce((total, position) => total + requirementOf(position), 0n)),
  };
}

function notionalOf({ baseQuantums, oraclePrice, atomicResolution }: QuantumPosition): Fraction {
  return quantumNotionalOf(baseQuantums, oraclePrice, atomicResolution);
}

/** Each position's requirement is whole, rounded up, before they are added. */
function requirementOf(position: QuantumPosition): bigint {
  const { n, d } = multiply(notionalOf(position), position.maintenanceMarginRatio);
  return divide(magnitude(n), d, 'ceil');
}
