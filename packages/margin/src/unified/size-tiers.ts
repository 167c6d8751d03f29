import { type Fraction, ZERO, fraction } from '../number/decimal.js';
import { PPM } from '@surety/domain';

/** A slice of a holding and the share of it that counts; rates fall from slice to slice. */
export interface SizeTier {
  /** Upper edge in the unit of the holding; left out for the last. */
  readonly upTo?: bigint;
  readonly ratePpm: bigint;
}

/** One part of a holding of one underlying. */
export interface HeldPart {
  readonly amount: bigint;
  /** Worth of one unit before its size factor: price times all other factors, in any common unit. */
  readonly unitValue: bigint;
}

/** Returns Σ rate·(part of the amount inside the tier) in parts per million of the unit; beyond the last edge nothing counts. */
export function tieredUnitsOf(amount: bigint, tiers: readonly SizeTier[]): bigint {
  let [counted, edge] = [0n, 0n];
  for (const { upTo, ratePpm } of tiers) {
    const top = upTo === undefined || upTo > amount ? amount : upTo;
    if (top > edge) counted += (top - edge) * ratePpm;
    if (upTo === undefined) break;
    edge = upTo;
  }
  return counted;
}

/**
 * Returns for each part, in their order, the share of it that counts. Tiers apply to the whole holding over all chains,
 * so that no split evades them. The best part fills them first: if the average applied to all parts, an amount added on
 * a worse chain would reduce the better one, and a deposit could lower what counts. Equal parts share equally.
 */
export function countedShares(parts: readonly HeldPart[], tiers: readonly SizeTier[]): readonly Fraction[] {
  const groups = new Map<bigint, bigint>();
  for (const { amount, unitValue } of parts) groups.set(unitValue, (groups.get(unitValue) ?? 0n) + amount);
  const best = [...groups.keys()].sort((left, right) => (left > right ? -1 : 1));
  const shares = new Map<bigint, Fraction>();
  let [held, counted] = [0n, 0n];
  for (const unitValue of best) {
    const amount = groups.get(unitValue) ?? 0n;
    held += amount;
    const upToHere = tieredUnitsOf(held, tiers);
    shares.set(unitValue, amount === 0n ? ZERO : fraction(upToHere - counted, amount * PPM));
    counted = upToHere;
  }
  return parts.map(({ unitValue }) => shares.get(unitValue) ?? ZERO);
}
