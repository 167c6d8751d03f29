import { divide } from '../number/division.js';
import { SHARE_BITS, TOTAL_VOL_MAX, logarithmOf, outOfTheMoneyShare, totalVolOf } from './black-kernel.js';
import type { Moneyness, OptionType } from './black76.js';
import { sqrt, sqrtTwoPi } from './elementary.js';
import { multiplyFixed, shift } from './fixed-point.js';
import { KERNEL_BITS } from './kernel-tables.js';
import { normalDensity } from './normal-distribution.js';

/** An undiscounted option value and the option's terms, in one unit. */
export interface OptionQuote {
  readonly type: OptionType;
  readonly moneyness: Moneyness;
  readonly value: bigint;
}

/** A total volatility σ√t with the kernel's bits, or the reason why there is none. */
export type ImpliedTotalVol =
  | { readonly found: true; readonly totalVol: bigint }
  | { readonly found: false; readonly reason: 'below-intrinsic' | 'at-or-above-bound' };

/** A step below 2^-70 of the volatility is below what the kernel's error in the price is worth. */
const STEP_BITS = 70n;
/** Half of the steps suffice to halve the bracket down to one ulp. */
const STEPS_MAX = 256;

/**
 * Returns the total volatility at which Black-76 gives a value: 0 at intrinsic; none below it, where the value reaches forward
 * (call) or strike (put), or above {@link TOTAL_VOL_MAX}. The value at the result equals the quote within the kernel's error and
 * one unit; the volatility is as sharp as the quote's unit over its vega. Method: Newton's on the logarithm of the
 * out-of-the-money part, within a bracket that every step narrows; a step outside is replaced by the bracket's middle.
 */
export function impliedTotalVol({ type, moneyness, value }: OptionQuote): ImpliedTotalVol {
  const { forward, strike, logarithm } = moneyness;
  const inTheMoney = type === 'call' ? forward - strike : strike - forward;
  const outside = inTheMoney > 0n ? value - inTheMoney : value;
  const smaller = forward < strike ? forward : strike;
  if (outside < 0n) return { found: false, reason: 'below-intrinsic' };
  if (outside === 0n) return { found: true, totalVol: 0n };
  if (outside >= smaller) return { found: false, reason: 'at-or-above-bound' };
  const share = divide(outside << BigInt(SHARE_BITS), smaller, 'floor');
  const m = logarithm < 0n ? logarithm : -logarithm;
  if (outOfTheMoneyShare(m, totalVolOf(TOTAL_VOL_MAX)) < share) return { found: false, reason: 'at-or-above-bound' };
  return { found: true, totalVol: solveShare(m, share) };
}

/** Finds s with g(m, s) = share in (0, 24]. */
function solveShare(m: bigint, share: bigint): bigint {
  const target = logarithmOf(share);
  let [low, high] = [0n, TOTAL_VOL_MAX];
  let vol = firstGuess(m, share);
  for (let step = 0; step < STEPS_MAX && high - low > 1n; step += 1) {
    if (vol <= low || vol >= high) vol = (low + high) >> 1n;
    const found = outOfTheMoneyShare(m, totalVolOf(vol));
    if (found < share) low = vol;
    else high = vol;
    if (found === 0n) {
      vol = low;
      continue;
    }
    const move = newtonMove({ m, vol, found, target });
    if (move === undefined) {
      vol = low;
      continue;
    }
    vol -= move;
    if ((move < 0n ? -move : move) <= vol >> STEP_BITS) return vol;
  }
  return high;
}

/** (ln g − ln target)·g/φ(d1), or undefined where the density is 0. */
function newtonMove(at: { m: bigint; vol: bigint; found: bigint; target: bigint }): bigint | undefined {
  const { m, vol, found, target } = at;
  const d1 = divide(m << BigInt(KERNEL_BITS), vol, 'halfUp') + (vol >> 1n);
  const density = normalDensity(d1 << BigInt(SHARE_BITS - KERNEL_BITS), SHARE_BITS);
  return density === 0n ? undefined : divide((logarithmOf(found) - target) * found, density, 'truncate');
}

/** √(2|m|), where the value bends, or √(2π)·share, which is right at the money for small values. */
function firstGuess(m: bigint, share: bigint): bigint {
  const bend = sqrt(-m << 1n, KERNEL_BITS);
  const near = multiplyFixed(sqrtTwoPi(KERNEL_BITS), shift(share, KERNEL_BITS - SHARE_BITS), KERNEL_BITS);
  return bend > near ? bend : near;
}
