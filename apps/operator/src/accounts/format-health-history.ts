import type { HealthHistoryAnswer, HealthPointView } from '@surety/client';
import { HEALTH_FACTOR_MAX } from '@surety/margin';
import { formatTable, formatTime, formatWad } from '../terminal/format.js';

/** Writes the health of an account over time for people, newest first. */
export function formatHealthHistory({ account, points, next }: HealthHistoryAnswer): string[] {
  if (points.length === 0) return [`${account} had no debt in the last 30 days while this aggregator watched`];
  return [
    ...formatTable([['TIME', 'BLOCK', 'HEALTH', 'MARGIN', 'REQUIRED'], ...points.map(rowOf)]),
    ...(next === null ? [] : ['', `older: surety history ${account} --health --before ${next}`]),
  ];
}

function rowOf({ timestamp, height, healthFactorWad, assetsWad, requirementWad }: HealthPointView): string[] {
  const health = healthFactorWad === HEALTH_FACTOR_MAX ? 'nothing owed' : formatWad(healthFactorWad);
  return [formatTime(timestamp), String(height), health, formatWad(assetsWad), formatWad(requirementWad)];
}
