import { WAD } from '@surety/domain';
import { divide } from '../number/division.js';
import type { Scenario } from '../portfolio/scenario-revaluation.js';
import type { PortfolioTerms } from './unified-terms.js';

/** Quarters of the scan range, the unmoved price first, so that order never matters. @source margin-engines 3.5 */
const QUARTERS: readonly bigint[] = [0n, 1n, -1n, 2n, -2n, 3n, -3n, 4n, -4n];
/** Tails in scan ranges. */
const TAIL_DOWN = 2n;
const TAIL_UP = 3n;

const known = new Map<string, readonly Scenario[]>();

/**
 * Returns the 31 scenarios of an underlying: nine prices within ± the scan range, each with volatility up, unmoved and down;
 * a tail on each side, dampened so that it charges convexity and no direction; two skews. A price never falls below 0.
 */
export function portfolioScenarios({
  scanRange,
  tailDivisor,
}: Pick<PortfolioTerms, 'scanRange' | 'tailDivisor'>): readonly Scenario[] {
  const key = `${scanRange}/${tailDivisor}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const regular = QUARTERS.flatMap((quarter) => {
    const spot = atLeastZero(WAD + divide(scanRange * quarter, 4n, 'halfUp'));
    return (['none', 'up', 'down'] as const).map((vol): Scenario => ({ spot, vol, dampening: WAD }));
  });
  const tail = (ranges: bigint): Scenario => ({
    spot: atLeastZero(WAD + scanRange * ranges),
    vol: 'up',
    dampening: divide(WAD * WAD, tailDivisor * (ranges < 0n ? -ranges : ranges), 'ceil'),
  });
  const skews = (['skew-linear', 'skew-abs'] as const).map((vol): Scenario => ({ spot: WAD, vol, dampening: WAD }));
  const scenarios = [...regular, tail(-TAIL_DOWN), tail(TAIL_UP), ...skews];
  known.set(key, scenarios);
  return scenarios;
}

function atLeastZero(value: bigint): bigint {
  return value > 0n ? value : 0n;
}
