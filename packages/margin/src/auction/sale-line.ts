import { PPM, type TokenUnits, mulDivDown, mulDivUp, tokenUnits } from '@surety/domain';
import { leastOf } from '../portfolio/wad.js';

/** The class of lines that are sold last: of a source that is quarantined, halted or closed, or of a short asset. */
export const FROZEN_SALE_CLASS = 3n;

/** One line of an account that an auction sells. */
export interface SaleLine {
  /** 0: of the settlement chain itself; 1: fresh or contested; 2: stale or dark; 3: frozen. */
  readonly class: bigint;
  /** Units at their price, without weights; WAD, rounded down. */
  readonly grossWad: bigint;
  /** Value of the line at the exit grade; WAD, at most `grossWad`. */
  readonly exitWad: bigint;
}

/** The part of one line that a bid takes. */
export interface SalePart {
  /** Gross value that is given; WAD. */
  readonly grossWad: bigint;
  /** Most by which the account's exit assets fall; WAD, rounded up. */
  readonly exitWad: bigint;
}

/** Returns the gross value of units at a price of a whole token, scaled 1e12: floor(units·price·1e6/10^decimals), WAD. */
export function grossValueOf(
  units: TokenUnits,
  { price1e12, decimals }: { readonly price1e12: bigint; readonly decimals: number },
): bigint {
  return mulDivDown(units * price1e12, PPM, 10n ** BigInt(decimals));
}

/**
 * Returns a line's place in the order of sale, the lowest first: class·2^32 + 1,000,000 − floor(exit·1e6/gross). So the classes
 * follow each other, and within a class the smallest haircut is sold first.
 */
export function saleKeyOf({ class: place, grossWad, exitWad }: SaleLine): bigint {
  const weightPpm = grossWad === 0n ? 0n : mulDivDown(exitWad, PPM, grossWad);
  return (place << 32n) + PPM - weightPpm;
}

/** Puts lines into the order of sale; equal ones stay as they were given. */
export function inSaleOrder<Line extends SaleLine>(lines: readonly Line[]): readonly Line[] {
  return lines
    .map((line) => ({ line, key: saleKeyOf(line) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ line }) => line);
}

/** Takes a gross value (WAD) off lines in the order of sale. Gives the part of each line, 0 of those that are not reached. */
export function cutLines(ordered: readonly SaleLine[], valueWad: bigint): readonly SalePart[] {
  let left = valueWad;
  return ordered.map(({ grossWad, exitWad }) => {
    const part = leastOf(grossWad, left);
    left -= part;
    return { grossWad: part, exitWad: part === grossWad ? exitWad : mulDivUp(exitWad, part, grossWad) };
  });
}

/**
 * Returns the units that stand for a part of a line's gross value (WAD): floor(units·part/gross), the whole line for all of it and
 * none for none. Rounded down, against the taker.
 */
export function soldUnitsOf(units: TokenUnits, partWad: bigint, grossWad: bigint): TokenUnits {
  return tokenUnits(partWad === 0n ? 0n : mulDivDown(units, partWad, grossWad));
}
