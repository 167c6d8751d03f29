import { mulDivDown } from '@surety/domain';
import { leastOf } from '../portfolio/wad.js';

/** One protocol's claim on an account in auction. */
export interface ProtocolClaim {
  /** Debt that a taker of the whole position assumes; WAD, rounded up by the protocol. */
  readonly burdenWad: bigint;
  /** Assets of the account that the protocol reserved: up to this its burden is senior; WAD. */
  readonly reservedWad: bigint;
}

/**
 * Divides what an account's lines bring among its protocols, WAD, in the order of the claims. With burdens B, senior parts
 * σ = min(B, reserved) and sums Σ over all of them:
 *
 *     net ≥ ΣB          B
 *     Σσ ≤ net < ΣB     σ + floor((net − Σσ)·(B − σ)/(ΣB − Σσ))
 *     net < Σσ          floor(net·σ/Σσ)
 *
 * Rounded down: the parts never exceed `netWad`, and less than a unit for each protocol is left over.
 */
export function entitlementsOf(netWad: bigint, claims: readonly ProtocolClaim[]): readonly bigint[] {
  const parts = claims.map(({ burdenWad, reservedWad }) => ({ burdenWad, seniorWad: leastOf(burdenWad, reservedWad) }));
  const burdens = parts.reduce((sum, { burdenWad }) => sum + burdenWad, 0n);
  const seniors = parts.reduce((sum, { seniorWad }) => sum + seniorWad, 0n);
  if (netWad >= burdens) return parts.map(({ burdenWad }) => burdenWad);
  if (netWad < seniors) return parts.map(({ seniorWad }) => mulDivDown(netWad, seniorWad, seniors));
  const [left, juniors] = [netWad - seniors, burdens - seniors];
  return parts.map(({ burdenWad, seniorWad }) => seniorWad + mulDivDown(left, burdenWad - seniorWad, juniors));
}
