/*
 * An integer can be cut into limbs of 24 bits, each held as a number: a product of two has 48 bits, so that 32 of them add
 * up below 2^53 without rounding.
 */

/** Bits of a limb. */
export const LIMB_BITS = 24;
/** One above the largest limb. */
export const LIMB = 2 ** LIMB_BITS;
/** A power of two, so that multiplying by it is exact. */
export const LIMB_INVERSE = 1 / LIMB;
