import { WAD } from '@surety/domain';
import type { Grade } from '../line-margin.js';
import { divide } from '../number/division.js';
import { leastOf, positivePartOf, productDown, sizeOf } from '../portfolio/wad.js';
import { greatestOf } from './market-position.js';
import type { MarketRequirement } from './standard-requirement.js';
import type { OffsetPair, UnifiedTerms } from './unified-terms.js';

/** Feeds that an underlying's credit depends on. */
export interface OffsetStanding {
  /** The feed's confidence suffices. Checked at initial only, so that a wide band liquidates nobody. */
  readonly sure: boolean;
  /** Its stablecoin is at its peg. */
  readonly pegged: boolean;
  readonly settlement: string;
}

/**
 * Returns the share of the smaller risk by which a pair may reduce the requirement: clamp(ρ − margin, 0, most), less
 * between two stablecoins.
 */
export function creditShareOf(
  pair: OffsetPair,
  grade: Grade,
  {
    standings,
    terms,
  }: { readonly standings: ReadonlyMap<string, OffsetStanding>; readonly terms: UnifiedTerms['offsets'] },
): bigint {
  const [left, right] = [standings.get(pair.left), standings.get(pair.right)];
  if (left === undefined || right === undefined || !left.pegged || !right.pegged) return 0n;
  if (grade === 'initial' && !(left.sure && right.sure)) return 0n;
  const share = leastOf(positivePartOf(pair.stressCorrelation - terms.correlationMargin), terms.creditMax);
  return left.settlement === right.settlement ? share : productDown(share, WAD - terms.settlementSpread);
}

/**
 * Returns the requirement of all underlyings together: Σ − credits for opposite directional risks, consumed in the order of the
 * pairs, and never below the largest of them or (1 − most) of their sum. Exposures of one direction add in full: all
 * correlations are assumed to go to 1.
 * @source margin-engines 3.5
 */
export function offsetRequirement(
  markets: readonly MarketRequirement[],
  grade: Grade,
  of: { readonly standings: ReadonlyMap<string, OffsetStanding>; readonly terms: UnifiedTerms['offsets'] },
): bigint {
  const left = new Map(markets.map(({ underlying, directional }) => [underlying, directional[grade]]));
  let credit = 0n;
  for (const pair of of.terms.pairs) {
    const [one, other] = [left.get(pair.left) ?? 0n, left.get(pair.right) ?? 0n];
    if (pair.left === pair.right || one === 0n || other === 0n || one > 0n === other > 0n) continue;
    const offset = leastOf(sizeOf(one), sizeOf(other));
    // Consumed even if not credited: a better pair cannot take it twice, and a higher share never raises the requirement.
    left.set(pair.left, one > 0n ? one - offset : one + offset);
    left.set(pair.right, other > 0n ? other - offset : other + offset);
    credit += productDown(creditShareOf(pair, grade, of), offset);
  }
  const each = markets.map(({ required }) => required[grade]);
  const sum = each.reduce((total, one) => total + one, 0n);
  const least = greatestOf(divide(sum * (WAD - of.terms.creditMax), WAD, 'ceil'), ...each);
  return greatestOf(sum - credit, least);
}
