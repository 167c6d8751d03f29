import { type Wad, mulDivUp, wad } from '@surety/domain';
import type { GradeMargin } from './account-margin.js';

/**
 * Health factors that raise an event, in basis points of 1, the healthiest first. Below the last one an account may be
 * liquidated.
 */
export const HEALTH_STEPS_BPS: readonly bigint[] = [15_000n, 12_000n, 10_500n, 10_000n];

/** Margin above a step that health must reach before recovery counts, in basis points of 1. Less is price noise. */
export const HEALTH_HYSTERESIS_BPS = 100n;

/** One step that was crossed. */
export interface HealthCrossing {
  /** One of {@link HEALTH_STEPS_BPS}. */
  readonly stepBps: bigint;
  readonly direction: 'down' | 'up';
}

const WHOLE_BPS = 10_000n;

/**
 * Returns the number of steps below which an account stands, 0 to 4, given that it stood below `before`. It falls where A·10,000
 * < Q·step and rises only {@link HEALTH_HYSTERESIS_BPS} above the step; an account without debt stands below none. Integers
 * only. A liquidatable account stands below the last step, and with `before` 0 no other does. An account that stood below it
 * stays there up to 1.01 without being liquidatable.
 */
export function healthRungOf({ assets, requirement }: GradeMargin, before = 0): number {
  const below = (hysteresis: bigint): number =>
    HEALTH_STEPS_BPS.filter((step) => assets * WHOLE_BPS < requirement * (step + hysteresis)).length;
  return Math.min(Math.max(before, below(0n)), below(HEALTH_HYSTERESIS_BPS));
}

/** Assets with which an account stays on its rung; 18 decimals. */
export interface RungBand {
  /** The fewest. */
  readonly from: Wad;
  /** The fewest that are too many; undefined where no assets are. */
  readonly below: Wad | undefined;
}

/**
 * Returns the range of assets within which {@link healthRungOf} leaves an account on its rung while its requirement
 * stays the same.
 */
export function rungBandOf(requirement: Wad, rung: number): RungBand {
  const times = (bps: bigint): Wad => wad(mulDivUp(requirement, bps, WHOLE_BPS));
  const [next, left] = [HEALTH_STEPS_BPS[rung], HEALTH_STEPS_BPS[rung - 1]];
  return {
    from: next === undefined ? wad(0n) : times(next),
    below: left === undefined ? undefined : times(left + HEALTH_HYSTERESIS_BPS),
  };
}

/** True if assets lie within a band. */
export function isInBand(assets: Wad, { from, below }: RungBand): boolean {
  return assets >= from && (below === undefined || assets < below);
}

/** Returns the steps between two rungs, each once, in the order in which they are crossed. */
export function healthCrossings(before: number, after: number): readonly HealthCrossing[] {
  if (after >= before) {
    return HEALTH_STEPS_BPS.slice(before, after).map((stepBps) => ({ stepBps, direction: 'down' }));
  }
  return HEALTH_STEPS_BPS.slice(after, before)
    .toReversed()
    .map((stepBps) => ({ stepBps, direction: 'up' }));
}

/** Returns the lowest step above an account's health, ignoring its history; undefined above all steps. */
export function healthStepOf(maintenance: GradeMargin): bigint | undefined {
  return HEALTH_STEPS_BPS[healthRungOf(maintenance) - 1];
}

/** Writes a step as people read it: 10,500 basis points are 1.05. */
export function formatHealthStep(stepBps: bigint): string {
  const digits = stepBps.toString().padStart(5, '0');
  return `${digits.slice(0, -4)}.${digits.slice(-4)}`.replace(/\.?0+$/, '');
}
