import { type Ppm, WAD, mulDivDown, ppm } from '@surety/domain';
import { marginError } from '../errors.js';
import { decimal } from '../number/decimal.js';
import { divide } from '../number/division.js';
import { sqrt } from '../pricing/elementary.js';
import { multiplyFixed, toFixed } from '../pricing/fixed-point.js';
import { VARIANCE_BITS, ewmaVariances } from './ewma.js';
import { FIT_RETURNS_MIN, fitGarch11 } from './garch-fit.js';
import { garch11Variances } from './garch11.js';
import { HAR_DAYS } from './har.js';
import { type LearnedModel, learnedVariance } from './learned-forecast.js';
import { logReturnOf, realisedVarianceOf } from './realised.js';
import { dailyVarianceOf, dailyVolOf, scanRangeOf, volFactorOf } from './volatility-estimate.js';

/** A price of an underlying at a time in seconds; the unit is the same for a whole series. */
export interface RecordedPrice {
  readonly at: bigint;
  readonly price: bigint;
}

/** Sigmas and days that a haircut covers, and what no estimate falls below; 18 decimals. */
export interface ProposalTerms {
  readonly sigmas: bigint;
  readonly horizonDays: bigint;
  /** Run on days of several prices if given; it can only raise the estimate, to twice as much. */
  readonly learned?: LearnedModel;
}

/** 3.5 sigmas over a day, as the scan range. */
export const PROPOSAL_TERMS: ProposalTerms = { sigmas: 35n * 10n ** 17n, horizonDays: WAD };

/** Daily returns without which nothing is estimated. */
export const RETURNS_MIN = 30;
const DAY_S = 86_400n;
const fixed = (text: string): bigint => toFixed(decimal(text), VARIANCE_BITS);
const [FAST, SLOW] = [fixed('0.94'), fixed('0.99')];
/** A daily volatility of 1%. */
const FLOOR = fixed('0.0001');
/** The worst month that was recorded never loses all of its weight. */
const STRESS_WEIGHT = 25n * 10n ** 16n;
/** Prices of a day from which it has a realised variance. */
const REALISED_MIN = 4;
const RANGE = { least: 0n, most: WAD };

/** An underlying's volatility by recorded prices; volatilities of a day and shares with 18 decimals. */
export interface VolatilityEvidence {
  /** Days between whose last prices a return was taken, and the first and last of them, seconds at 0:00 UTC. */
  readonly returns: number;
  readonly firstDay: bigint;
  readonly lastDay: bigint;
  /** By each estimator that had enough days; `used` is what the weights follow. */
  readonly vols: Readonly<Record<'fast' | 'slow' | 'used', bigint>> &
    Readonly<Partial<Record<'garch' | 'stress' | 'learned', bigint>>>;
  /** Share of the price that is taken off, 1 at most. */
  readonly haircut: bigint;
  /** Largest fall of a day that was recorded, and the days on which it was larger than the haircut. */
  readonly worstFall: bigint;
  readonly exceeded: number;
}

/**
 * Estimates tomorrow's volatility from recorded prices in any order: the largest of two averages and of GARCH where there are a
 * hundred days, blended with the worst month where that is higher. Days that nobody recorded make no return.
 * @throws INCONSISTENT_INPUT for fewer than 30 returns, OUT_OF_RANGE for a price that is not above 0.
 */
export function estimateVolatility(prices: readonly RecordedPrice[], terms: ProposalTerms): VolatilityEvidence {
  const days = daysOf(prices);
  const moves = days.flatMap((day, at) => {
    const before = days[at - 1];
    return before !== undefined && day.start === before.start + DAY_S ? [{ day, from: before.close }] : [];
  });
  const [first, last] = [moves[0]?.day, moves.at(-1)?.day];
  if (moves.length < RETURNS_MIN || first === undefined || last === undefined) {
    throw marginError(
      'INCONSISTENT_INPUT',
      `${days.length} days of prices give ${moves.length} returns; expected ${RETURNS_MIN} at least, of days that follow each other`,
    );
  }
  const returns = moves.map(({ day, from }) => logReturnOf(from, day.close));
  const estimates = estimatesOf(
    returns,
    moves.map(({ day, from }) => realisedOf(from, day.prices)),
    terms,
  );
  const { classical, stress, learned } = estimates;
  const used = dailyVolOf(
    dailyVarianceOf({
      classical,
      floor: FLOOR,
      stress,
      stressWeight: STRESS_WEIGHT,
      ...(learned === undefined ? {} : { learned }),
    }),
  );
  const haircut = scanRangeOf(used, { ...terms, ...RANGE });
  const falls = moves.map(({ day, from }) => (day.close < from ? mulDivDown(from - day.close, WAD, from) : 0n));
  const [fast, slow, garch] = classical.map(dailyVolOf);
  return {
    returns: returns.length,
    firstDay: first.start,
    lastDay: last.start,
    vols: {
      fast: fast ?? 0n,
      slow: slow ?? 0n,
      used,
      stress: dailyVolOf(stress),
      ...(garch === undefined ? {} : { garch }),
      ...(learned === undefined ? {} : { learned: dailyVolOf(learned) }),
    },
    haircut,
    worstFall: falls.reduce((most, fall) => (fall > most ? fall : most), 0n),
    exceeded: falls.filter((fall) => fall > haircut).length,
  };
}

/**
 * Returns the initial weight that a volatility leaves of a ceiling, in basis points: the smaller of the ceiling and of what k sigmas
 * leave, rounded down to whole steps. Maintenance is no part of it: that moves by a person's decision alone.
 */
export function proposeInitialBps(
  vol: bigint,
  of: { readonly ceilingBps: number; readonly stepBps: number; readonly terms: ProposalTerms },
): number {
  const { ceilingBps, stepBps, terms } = of;
  const base: Ppm = ppm(BigInt(ceilingBps) * 100n);
  const kept = mulDivDown(BigInt(ceilingBps), volFactorOf(vol, base, terms), 1_000_000n);
  if (kept === BigInt(ceilingBps)) return ceilingBps;
  return Number(mulDivDown(kept, 1n, BigInt(stepBps)) * BigInt(stepBps));
}

interface Day {
  readonly start: bigint;
  readonly prices: readonly bigint[];
  readonly close: bigint;
}

function daysOf(prices: readonly RecordedPrice[]): readonly Day[] {
  const days = new Map<bigint, bigint[]>();
  for (const { at, price } of prices.toSorted((left, right) =>
    left.at < right.at ? -1 : left.at > right.at ? 1 : 0,
  )) {
    if (price <= 0n) throw marginError('OUT_OF_RANGE', `a price at ${at} is ${price}; expected one above 0`);
    const start = mulDivDown(at, 1n, DAY_S) * DAY_S;
    days.set(start, [...(days.get(start) ?? []), price]);
  }
  return [...days].map(([start, some]) => ({ start, prices: some, close: some.at(-1) as bigint }));
}

/** Variance within a day, from the last price of the day before; undefined of a day with few prices. */
function realisedOf(from: bigint, prices: readonly bigint[]): bigint | undefined {
  if (prices.length < REALISED_MIN) return undefined;
  return realisedVarianceOf(prices.map((price, at) => logReturnOf(prices[at - 1] ?? from, price)));
}

function estimatesOf(
  returns: readonly bigint[],
  realised: readonly (bigint | undefined)[],
  { learned: model }: ProposalTerms,
): { readonly classical: readonly bigint[]; readonly stress: bigint; readonly learned?: bigint } {
  const squares = returns.map((one) => multiplyFixed(one, one, VARIANCE_BITS));
  const initialVol = sqrt(meanOf(squares), VARIANCE_BITS);
  const lastOf = (variances: readonly bigint[]): bigint => variances.at(-1) ?? 0n;
  const fast = lastOf(ewmaVariances({ lambda: FAST, initialVol, returns }));
  const slow = lastOf(ewmaVariances({ lambda: SLOW, initialVol, returns }));
  const varies = squares.some((one) => one > 0n);
  const garch =
    varies && returns.length >= FIT_RETURNS_MIN
      ? [lastOf(garch11Variances(fitGarch11(returns).model, initialVol, returns))]
      : [];
  const windows = squares.length - HAR_DAYS + 1;
  const months = Array.from({ length: windows }, (_, at) => meanOf(squares.slice(at, at + HAR_DAYS)));
  const stress = months.reduce((most, one) => (one > most ? one : most), 0n);
  const classical = [fast, slow, ...garch];
  const known = realised.slice(-HAR_DAYS).flatMap((one) => (one === undefined || one === 0n ? [] : [one]));
  if (model === undefined || known.length < HAR_DAYS || fast === 0n || slow === 0n) return { classical, stress };
  return { classical, stress, learned: learnedVariance(model, { realised: known, fast, slow }) };
}

function meanOf(values: readonly bigint[]): bigint {
  return divide(
    values.reduce((sum, one) => sum + one, 0n),
    BigInt(values.length),
    'ceil',
  );
}
