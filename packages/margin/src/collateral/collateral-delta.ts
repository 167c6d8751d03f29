import { mulDivDown } from '@surety/domain';
import type { Line, LineMargin } from '../line-margin.js';

/** The delta of collateral in one underlying: its holder's gain as that price rises. */
export interface CollateralDelta {
  /** The ledger's number of the underlying. */
  readonly underlying: number;
  /** Whole tokens with 18 decimals over all sources, rounded down line by line. */
  readonly delta: bigint;
  /** The same at the prices that lines are valued at, without weights, 18 decimals. */
  readonly value: bigint;
}

/** One line with the underlying that prices it. */
export interface ExposedLine {
  readonly underlying: number;
  readonly line: Pick<Line, 'amount' | 'asset'>;
  readonly margin: Pick<LineMargin, 'price'>;
}

/** Returns the delta of collateral by underlying, ascending. Tokens have no other Greek: gamma, vega, theta and rho of them are 0. */
export function collateralDeltasOf(lines: readonly ExposedLine[]): readonly CollateralDelta[] {
  const sums = new Map<number, { delta: bigint; value: bigint }>();
  for (const { underlying, line, margin } of lines) {
    const { amount, asset } = line;
    const sum = sums.get(underlying) ?? { delta: 0n, value: 0n };
    sums.set(underlying, {
      delta: sum.delta + mulDivDown(amount, 10n ** 18n, 10n ** BigInt(asset.decimals)),
      value: sum.value + mulDivDown(amount * margin.price.price1e12, 10n ** 6n, 10n ** BigInt(asset.decimals)),
    });
  }
  return [...sums].sort(([left], [right]) => left - right).map(([underlying, sum]) => ({ underlying, ...sum }));
}
