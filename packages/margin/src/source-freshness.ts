import { PPM, type Ppm, mulDivDown, mulDivUp, ppm } from '@surety/domain';
import type { WeightRamp } from './weight-ramp.js';

/** The states of a source, with their values in the ledger. @source IEdge.SourceState, PROTOCOL section 6 */
export const SOURCE_STATES = {
  LIVE: 1,
  CONTESTED: 2,
  QUARANTINED: 3,
  HALTED: 4,
  RECOVERY: 5,
  CLOSED: 6,
} as const;

/** The name of a source's state. */
export type SourceState = keyof typeof SOURCE_STATES;

/** The ledger's terms of one source that affect its weight. Times are seconds, weights basis points. */
export interface Source {
  readonly state: SourceState;
  /** End of a quarantine. */
  readonly stateUntil: bigint;
  /** Timestamp of the newest accepted statement; may lie up to 120 s ahead. */
  readonly asOf: bigint;
  readonly weightInitialBps: number;
  readonly weightMaintenanceBps: number;
  /** Ramp of `weightMaintenanceBps` at times other than that of its word. */
  readonly maintenanceRamp?: WeightRamp;
  readonly staleAfterMinutes: number;
  readonly darkAfterMinutes: number;
  readonly floorAfterMinutes: number;
  /** Maintenance freshness kept while the source is frozen. */
  readonly frozenMaintenanceBps: number;
  /** End of its last freeze, 0 if it was never frozen. A past quarantine ended at `stateUntil`. */
  readonly thawedAt: bigint;
}

/** The share of a source's weight that its age leaves, and why. */
export interface Freshness {
  readonly initial: Ppm;
  readonly maintenance: Ppm;
  readonly condition: 'fresh' | 'stale' | 'dark' | 'frozen';
}

/** Maintenance never falls below this however long a source is dark, in parts per million. @source MarginMath.FRESH_FLOOR_PPM */
export const MAINTENANCE_FLOOR = 500_000n;
/** Maintenance falls by so many parts per million a day past the floor age. @source MarginMath.FRESH_FALL_PPM_PER_DAY */
export const MAINTENANCE_FALL_PER_DAY = 50_000n;
const DAY_SECONDS = 86_400n;

/**
 * Returns the freshness of a source at a time in seconds: a smooth ramp for initial, full for maintenance until the floor
 * age. Rounded against the account; the same integers as `RiskManager.factors`. @source IRiskManager
 */
export function freshnessOf(source: Source, at: bigint): Freshness {
  if (isFrozen(source, at)) {
    return { initial: ppm(0n), maintenance: ppm(100n * BigInt(source.frozenMaintenanceBps)), condition: 'frozen' };
  }
  const age = at > source.asOf ? at - source.asOf : 0n;
  const stale = 60n * BigInt(source.staleAfterMinutes);
  const dark = 60n * BigInt(source.darkAfterMinutes);
  const maintenance = maintenanceFreshness(source, age, at);
  if (age <= stale) return { initial: ppm(PPM), maintenance, condition: 'fresh' };
  if (age >= dark) return { initial: ppm(0n), maintenance, condition: 'dark' };
  return { initial: ppm(mulDivDown(PPM, dark - age, dark - stale)), maintenance, condition: 'stale' };
}

function isFrozen(source: Source, at: bigint): boolean {
  if (source.state === 'QUARANTINED') return at < source.stateUntil;
  return source.state === 'HALTED' || source.state === 'RECOVERY' || source.state === 'CLOSED';
}

/** The floor by age, or what the last freeze kept, whichever is higher: a source could not become younger while it was frozen. */
function maintenanceFreshness(source: Source, age: bigint, at: bigint): Ppm {
  const floorAfter = 60n * BigInt(source.floorAfterMinutes);
  if (age <= floorAfter) return ppm(PPM);
  const aged = fallen(PPM, age - floorAfter);
  const byAge = aged > MAINTENANCE_FLOOR ? aged : MAINTENANCE_FLOOR;
  const thawedAt = source.state === 'QUARANTINED' ? source.stateUntil : source.thawedAt;
  if (thawedAt === 0n) return ppm(byAge);
  const kept = fallen(100n * BigInt(source.frozenMaintenanceBps), at > thawedAt ? at - thawedAt : 0n);
  return ppm(kept > byAge ? kept : byAge);
}

/** Returns a maintenance freshness after falling for some seconds. */
function fallen(from: bigint, seconds: bigint): bigint {
  const lost = mulDivUp(MAINTENANCE_FALL_PER_DAY, seconds, DAY_SECONDS);
  return lost < from ? from - lost : 0n;
}
