import type { ConfigReader } from './load-config.js';

/** Gas limits of a process on one chain, in wei. */
export interface GasLimits {
  /** Most per gas, base fee and tip together. */
  readonly feeCapWei: bigint;
  /** Most per gas for the block's builder. */
  readonly tipCapWei: bigint;
  /** Most wei per day from midnight UTC for gas and bridge fees, with every pending transaction at its worst case. */
  readonly budgetWeiPerDay: bigint;
}

/**
 * Reasons for the defaults: caps of 300 gwei with a tip of 5 make a batch of 8 M gas cost at most 2.9 coins; a budget
 * of 5 covers one such batch, and dozens at the fees of a quiet day.
 */
export function loadGasLimits(reader: ConfigReader, chainId: number): GasLimits {
  return {
    feeCapWei: reader.weiOf('SURETY_FEE_CAP_WEI', chainId, 300_000_000_000n),
    tipCapWei: reader.weiOf('SURETY_TIP_CAP_WEI', chainId, 5_000_000_000n),
    budgetWeiPerDay: reader.weiOf('SURETY_GAS_BUDGET_WEI', chainId, 5_000_000_000_000_000_000n),
  };
}
