import { WAD, PPM, type Ppm, mulDivDown, ppm } from '@surety/domain';
import { divide, squareRootFloor } from '../number/division.js';
import { shift } from '../pricing/fixed-point.js';
import { productUp } from '../portfolio/wad.js';
import { VARIANCE_BITS } from './ewma.js';

/** Daily variances by several estimators, with {@link VARIANCE_BITS} bits. */
export interface VarianceEstimates {
  /** EWMA with 0.94 and with 0.99, GARCH; those that are known. */
  readonly classical: readonly bigint[];
  /** Lowest variance ever assumed. */
  readonly floor: bigint;
  /** Of a stored stress window, and its weight with 18 decimals: calm days never forget what was. */
  readonly stress: bigint;
  readonly stressWeight: bigint;
  /** A learned forecast, if one is switched on. */
  readonly learned?: bigint;
}

/**
 * Returns the variance from which parameters derive: the largest classical estimate and the floor, blended with the
 * stress window. A learned forecast counts only between that and four times it (σ̂ to 2σ̂). Rounded up.
 * @source margin-engines 3.6
 */
export function dailyVarianceOf({ classical, floor, stress, stressWeight, learned }: VarianceEstimates): bigint {
  const largest = classical.reduce((most, each) => (each > most ? each : most), floor);
  const blended = divide(largest * (WAD - stressWeight) + stress * stressWeight, WAD, 'ceil');
  const base = blended > largest ? blended : largest;
  if (learned === undefined || learned <= base) return base;
  return learned < 4n * base ? learned : 4n * base;
}

/** Returns the volatility of a variance, 18 decimals, rounded up. */
export function dailyVolOf(variance: bigint): bigint {
  const scaled = shift(variance * WAD * WAD, -VARIANCE_BITS) + 1n;
  const root = squareRootFloor(scaled);
  return root * root < scaled ? root + 1n : root;
}

/** Terms that turn a volatility into a range of prices; shares and multiples with 18 decimals. */
export interface ScanRangeTerms {
  /** Sigmas that the range covers, 3 to 4. */
  readonly sigmas: bigint;
  /** Days that a liquidation may take, 18 decimals. */
  readonly horizonDays: bigint;
  readonly least: bigint;
  readonly most: bigint;
}

/** Returns clamp(k·σ·√h, least, most), rounded up. @source margin-engines 3.6 */
export function scanRangeOf(dailyVol: bigint, terms: ScanRangeTerms): bigint {
  const range = sigmasOver(dailyVol, terms);
  return range < terms.least ? terms.least : range > terms.most ? terms.most : range;
}

/**
 * Returns the volatility factor of a collateral weight, min(1, (1 − k·σ·√h)⁺/base): the haircut is the larger of the table's
 * and k sigmas. In parts per million, rounded down. @source margin-engines 3.2
 */
export function volFactorOf(dailyVol: bigint, base: Ppm, terms: Pick<ScanRangeTerms, 'sigmas' | 'horizonDays'>): Ppm {
  const kept = WAD - sigmasOver(dailyVol, terms);
  if (kept <= 0n || base === 0n) return ppm(0n);
  const factor = mulDivDown(kept, PPM * PPM, base * WAD);
  return ppm(factor < PPM ? factor : PPM);
}

function sigmasOver(dailyVol: bigint, { sigmas, horizonDays }: Pick<ScanRangeTerms, 'sigmas' | 'horizonDays'>): bigint {
  const days = horizonDays * WAD;
  const root = squareRootFloor(days);
  return productUp(sigmas, dailyVol, root * root < days ? root + 1n : root);
}
