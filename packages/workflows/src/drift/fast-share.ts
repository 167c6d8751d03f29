/** A step of the curve in chains.config.json: the share of a cap that may be in use unconfirmed while that many witnesses count. */
export interface FastStep {
  readonly alive: number;
  readonly shareBp: number;
}

/**
 * Gives the share in basis points for a number of witnesses that count: the step of the most witnesses that are there. Below the first
 * step nothing is promised, so 0.
 */
export function fastShareBp(curve: readonly FastStep[], alive: number): number {
  const reached = curve.filter((step) => step.alive <= alive);
  return reached.reduce((best, step) => (step.alive >= best.alive ? step : best), { alive: -1, shareBp: 0 }).shareBp;
}
