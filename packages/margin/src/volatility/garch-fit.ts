import { marginError } from '../errors.js';
import { divide } from '../number/division.js';
import { logarithmOf } from '../pricing/black-kernel.js';
import { multiplyFixed, shift } from '../pricing/fixed-point.js';
import { VARIANCE_BITS } from './ewma.js';
import type { Garch11 } from './garch11.js';

/** Bits that a fit computes with; its results have few digits. */
const BITS = 96;
const ONE = 1n << BigInt(BITS);
/** Returns below which a fit says nothing. */
export const FIT_RETURNS_MIN = 100;
/** The search ends with a step of 1/1024. */
const STEPS = 10;

/** A fitted model and how well it explains what it was fitted to. */
export interface GarchFit {
  readonly model: Garch11;
  /** −2·log-likelihood without its constant, a sum over returns; only differences mean something. With 96 bits. */
  readonly cost: bigint;
}

interface Point {
  /** Weight of the last return, and α + β. */
  readonly alpha: bigint;
  readonly persistence: bigint;
}

/**
 * Fits GARCH(1,1) by Gaussian quasi-likelihood with the long-run variance targeted at the sample's. Integers without
 * randomness: every machine finds the same. A pattern search over α and α + β halves its step when no neighbour is
 * better.
 * @source Bollerslev 1986; Francq, Horváth and Zakoïan 2011 (variance targeting)
 * @throws INCONSISTENT_INPUT for fewer than 100 returns, UNDEFINED_RESULT if they do not vary.
 */
export function fitGarch11(returns: readonly bigint[]): GarchFit {
  if (returns.length < FIT_RETURNS_MIN) {
    throw marginError('INCONSISTENT_INPUT', `${returns.length} returns; expected ${FIT_RETURNS_MIN} at least`);
  }
  const squares = returns
    .map((each) => multiplyFixed(each, each, VARIANCE_BITS))
    .map((each) => shift(each, BITS - VARIANCE_BITS));
  const target = divide(
    squares.reduce((sum, each) => sum + each, 0n),
    BigInt(squares.length),
    'halfUp',
  );
  if (target === 0n) throw marginError('UNDEFINED_RESULT', 'the returns do not vary');
  let best: Point = { alpha: ONE >> 4n, persistence: ONE - (ONE >> 5n) };
  let cost = costOf(best, squares, target);
  for (let halved = 5; halved <= STEPS;) {
    const step = ONE >> BigInt(halved);
    const better = neighboursOf(best, step)
      .map((point) => ({ point, cost: costOf(point, squares, target) }))
      .reduce((least, each) => (each.cost < least.cost ? each : least), { point: best, cost });
    if (better.cost < cost) ({ point: best, cost } = better);
    else halved += 1;
  }
  const wide = (value: bigint) => value << BigInt(VARIANCE_BITS - BITS);
  const model = {
    omega: multiplyFixed(wide(target), wide(ONE - best.persistence), VARIANCE_BITS),
    alpha: wide(best.alpha),
    beta: wide(best.persistence - best.alpha),
  };
  return { model, cost };
}

/** Σ ln σ² + r²/σ², with the logarithm's own constant. */
function costOf({ alpha, persistence }: Point, squares: readonly bigint[], target: bigint): bigint {
  const omega = multiplyFixed(target, ONE - persistence, BITS);
  const beta = persistence - alpha;
  let variance = target;
  let cost = 0n;
  for (const each of squares) {
    cost += logarithmOf(variance) + divide(each << BigInt(BITS), variance, 'halfUp');
    variance = omega + multiplyFixed(alpha, each, BITS) + multiplyFixed(beta, variance, BITS);
  }
  return cost;
}

/** Neighbours inside 0 ≤ α ≤ α + β < 1. */
function neighboursOf({ alpha, persistence }: Point, step: bigint): readonly Point[] {
  const moves = [
    { alpha: alpha + step, persistence },
    { alpha: alpha - step, persistence },
    { alpha, persistence: persistence + step },
    { alpha, persistence: persistence - step },
  ];
  return moves.filter((point) => point.alpha >= 0n && point.alpha <= point.persistence && point.persistence < ONE);
}
