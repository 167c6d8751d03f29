import type { HealthHistoryAnswer, MarginView } from '@surety/client';
import { HEALTH_FACTOR_MAX } from '@surety/margin';
import { formatFixed, formatMoment } from './format.js';

/** The health of an account at one moment, 18 decimals; 2^256 − 1 without debt. */
export interface TimedHealth {
  /** Seconds. */
  readonly timestamp: bigint;
  readonly healthFactorWad: bigint;
}

/** A trail as a chart takes it: times in seconds, ascending, and the health at each; null where nothing is owed. */
export interface HealthTrail {
  readonly times: readonly number[];
  readonly healths: readonly (number | null)[];
}

/** Health that is drawn at most: far from liquidation, more of it tells nothing. */
export const DRAWN_HEALTH_MAX = 5;

/** Returns the health at a margin's block; undefined where no margin is there, or no worth is known. */
export function healthAt(margin: MarginView | undefined): TimedHealth | undefined {
  if (margin === undefined || margin.conditions.includes('unanswered')) return undefined;
  return { timestamp: margin.block.timestamp, healthFactorWad: margin.healthFactorWad };
}

/** Returns the noted health of an account, oldest first, and after it that of now if it is known. */
export function joinTrail(points: HealthHistoryAnswer['points'], now: TimedHealth | undefined): readonly TimedHealth[] {
  const noted = points.toReversed();
  const last = noted.at(-1);
  if (now === undefined) return noted;
  return last === undefined || now.timestamp > last.timestamp ? [...noted, now] : noted;
}

/** Converts a trail, oldest first, for drawing alone. */
export function drawTrail(trail: readonly TimedHealth[]): HealthTrail {
  return {
    times: trail.map(({ timestamp }) => Number(timestamp)),
    healths: trail.map(({ healthFactorWad: wad }) =>
      wad === HEALTH_FACTOR_MAX ? null : Math.min(DRAWN_HEALTH_MAX, Number(wad) / 1e18),
    ),
  };
}

/** Says in words what the chart of a trail shows, and whether its end is known to be that of now. */
export function describeTrail(trail: readonly TimedHealth[], isNowKnown = true): string {
  const owing = trail.filter(({ healthFactorWad }) => healthFactorWad !== HEALTH_FACTOR_MAX);
  const lowest = owing.toSorted((left, right) => (left.healthFactorWad < right.healthFactorWad ? -1 : 1))[0];
  const [first, last] = [trail[0], trail.at(-1)];
  if (first === undefined || last === undefined || lowest === undefined) return 'Nothing was owed.';
  const ended = last.healthFactorWad === HEALTH_FACTOR_MAX ? 'nothing is owed' : `it is ${showHealth(last)}`;
  const now = isNowKnown ? ended : 'it is not known';
  return `Since ${formatMoment(first.timestamp)} the health was lowest at ${formatMoment(lowest.timestamp)} with ${showHealth(lowest)}; now ${now}.`;
}

function showHealth({ healthFactorWad }: TimedHealth): string {
  return formatFixed(healthFactorWad, 18, 3);
}
