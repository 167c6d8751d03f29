import { divide } from '../number/division.js';

/** The tight side of a parameter: high for a requirement, low for a weight. */
export type TightSide = 'high' | 'low';

/** A parameter on its way between two times in seconds; 18 decimals. */
export interface ParameterRamp {
  /** One higher with every change; every verdict names it. */
  readonly version: bigint;
  readonly side: TightSide;
  readonly from: bigint;
  readonly to: bigint;
  readonly start: bigint;
  /** Equal to the start for a change at once. */
  readonly end: bigint;
}

/** The speed limits of parameters. */
export interface RampTerms {
  /** Seconds that maintenance takes at least to tighten, and every grade to loosen. */
  readonly tightenMaintenanceS: bigint;
  readonly loosenS: bigint;
  /** Largest change an hour, 18 decimals; longer changes take longer. */
  readonly stepMaxPerHour: bigint;
}

/** A day to tighten maintenance, a week to loosen, two points an hour at most. */
export const SHIPPED_RAMP_TERMS: RampTerms = {
  tightenMaintenanceS: 86_400n,
  loosenS: 604_800n,
  stepMaxPerHour: 2n * 10n ** 16n,
};

/**
 * Returns a parameter at a time in seconds: a straight line, rounded to the tight side, monotone between its ends. It
 * depends only on the ramp and the time, so everybody on the same version computes the same.
 */
export function parameterAt({ from, to, start, end, side }: ParameterRamp, at: bigint): bigint {
  if (at >= end) return to;
  if (at <= start) return from;
  return from + divide((to - from) * (at - start), end - start, side === 'high' ? 'ceil' : 'floor');
}

/**
 * Returns the next version of a parameter, from its present value to a target. Initial tightens at once; maintenance over a day
 * at least, and never faster than the step, so that no decision liquidates a position. Loosening is slow for both. Maintenance
 * does not jump at the time of the change.
 * @source margin-engines 3.6
 */
export function planRamp(
  current: ParameterRamp,
  target: bigint,
  of: { readonly at: bigint; readonly grade: 'initial' | 'maintenance'; readonly terms: RampTerms },
): ParameterRamp {
  const { at, grade, terms } = of;
  const now = parameterAt(current, at);
  const tightens = current.side === 'high' ? target > now : target < now;
  const next = { version: current.version + 1n, side: current.side, to: target, start: at };
  if (tightens && grade === 'initial') return { ...next, from: target, end: at };
  const least = tightens ? terms.tightenMaintenanceS : terms.loosenS;
  const change = target > now ? target - now : now - target;
  const bySteps = divide(change * 3_600n, terms.stepMaxPerHour, 'ceil');
  return { ...next, from: now, end: at + (bySteps > least ? bySteps : least) };
}
