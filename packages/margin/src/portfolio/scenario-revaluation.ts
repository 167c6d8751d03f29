import { WAD } from '@surety/domain';
import { divide } from '../number/division.js';
import type { ExpiryBook, VolMove } from './expiry-book.js';
import { SECONDS_YEAR } from './vol-shock.js';
import { leastOf, productDown, sizeOf } from './wad.js';

/** One scenario; factors with 18 decimals. */
export interface Scenario {
  /** Factor on spot and on the variable part of forwards; a skew leaves forwards alone. */
  readonly spot: bigint;
  readonly vol: VolMove;
  /** Factor on the scenario's result; below 1 for tails, so that a far move charges convexity and not direction. */
  readonly dampening: bigint;
}

/** Two moves of one forward alone, and how much of the loss they bring is charged; 18 decimals. */
export interface BasisShock {
  readonly spotUp: bigint;
  readonly spotDown: bigint;
  /** Share of the loss counted: add + mult·t. */
  readonly add: bigint;
  readonly mult: bigint;
}

/** One expiry of a portfolio, ready to be revalued. */
export interface RevaluedExpiry {
  readonly book: ExpiryBook;
  /** Value now, 18 decimals. */
  readonly mark: bigint;
  /** Returns the present value of a value at expiry. */
  readonly present: (value: bigint) => bigint;
  /** Returns the counted part of a present value after a shock: owned premium for less, owed premium for more. */
  readonly counted: (value: bigint) => bigint;
}

/** Expiries, and values that move with the spot in proportion. */
export interface RevaluedPortfolio {
  readonly expiries: readonly RevaluedExpiry[];
  /** Gain for a spot factor of 2: position times price, signed, 18 decimals. */
  readonly linear: bigint;
}

/**
 * Returns the gain of a portfolio in every scenario, in their order, 18 decimals, rounded to −∞: (linear·(spot − 1) + Σ
 * over expiries of (counted value − mark))·dampening. A skew counts as −|gain| of each expiry: a smile may tilt either
 * way, so it never adds a gain.
 */
export function scenarioGains(portfolio: RevaluedPortfolio, scenarios: readonly Scenario[]): readonly bigint[] {
  return scenarios.map((scenario) => scenarioGain(portfolio, scenario));
}

/**
 * Returns the charge for a forward that moves away from its spot, ≤ 0, 18 decimals: for each expiry a share of its loss
 * under the worse of two moves of that forward alone, at present value. Expiries do not offset each other.
 */
export function basisContingency({ expiries }: RevaluedPortfolio, basis: BasisShock): bigint {
  let sum = 0n;
  for (const { book, mark, present } of expiries) {
    const worst = leastOf(
      0n,
      present(book.valueAt(basis.spotUp, 'none')) - mark,
      present(book.valueAt(basis.spotDown, 'none')) - mark,
    );
    const share = basis.add + divide(basis.mult * book.positions.secondsToExpiry, SECONDS_YEAR, 'ceil');
    sum += productDown(worst, share);
  }
  return sum;
}

/** Returns the worst of all gains and the basis contingency; 0 for no scenario and no contingency. */
export function worstGain(gains: readonly bigint[], contingency: bigint): bigint {
  return leastOf(contingency, ...gains);
}

function scenarioGain({ expiries, linear }: RevaluedPortfolio, { spot, vol, dampening }: Scenario): bigint {
  const skewed = vol === 'skew-linear' || vol === 'skew-abs';
  let gain = productDown(linear, spot - WAD);
  for (const { book, mark, present, counted } of expiries) {
    const change = counted(present(book.valueAt(skewed ? WAD : spot, vol))) - mark;
    gain += skewed ? -sizeOf(change) : change;
  }
  return productDown(gain, dampening);
}
