import { divide } from '../number/division.js';

/** Which way a parameter is tight: a requirement when it is high, a weight when it is low. */
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

/** How fast parameters may move. */
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
 * Gives a parameter at a time in seconds: a straight line, rounded to the tight side, monotone between its ends. A pure
 * function of the ramp and the time, so that everybody who weighs by the same version weighs the same.
 */
export function parameterAt({ from, to, start, end, side }: ParameterRamp, at: bigint): bigint {
  if (at >= end) return to;
  if (at <= start) return from;
  return from + divide((to - from) * (at - start), end - start, side === 'high' ? 'ceil' : 'floor');
}

/**
 * Gives the next version of a parameter: from where it stands now to a target. Initial tightens at once; maintenance over
 * a day at least, and never faster than the step: what one holds is not liquidated by a decision. Loosening is slow for
 * both. At the time of the change maintenance is what it was. @source margin-engines 3.6
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
