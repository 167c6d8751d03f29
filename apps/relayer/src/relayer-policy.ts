import { BATCH_GAS_CEILING, type PokePolicy, type RelayPolicy } from '@surety/workflows';
import type { SendPolicy } from '@surety/transactions';

const GWEI = 1_000_000_000n;

/** Figures of one relayer. */
export interface RelayerPolicy {
  readonly relay: RelayPolicy;
  readonly send: SendPolicy;
  readonly prices: PokePolicy & { readonly pollIntervalMs: number };
  /** Longest wait for one provider's answer. */
  readonly rpcTimeoutMs: number;
  /** Longest wait for an aggregator's answer. */
  readonly aggregatorTimeoutMs: number;
  /** Pause between two looks at the wallet. */
  readonly walletIntervalMs: number;
  /** Wei below which the wallet counts as low: two batches at the gas ceiling and the fee cap. */
  readonly walletLowWei: bigint;
}

/**
 * Gives the figures for a settlement chain with this block time.
 * Fees are capped at 300 gwei with a tip of 5: a batch of 8 M gas costs at most 2.4 coins, and quiet hours follow spikes.
 * Freshness is posted at half of `staleAfter` and prices at 0.5 % moves or half of their age, so one lost attempt of each
 * still leaves time for another.
 */
export function relayerPolicy(blockTimeMs: number): RelayerPolicy {
  const maxFeePerGasCap = 300n * GWEI;
  return {
    relay: {
      pollIntervalMs: within(blockTimeMs / 4, { min: 100, max: 3_000 }),
      gasCeiling: BATCH_GAS_CEILING,
      refreshShareBps: 5_000,
    },
    send: {
      maxFeePerGasCap,
      maxPriorityFeePerGasCap: 5n * GWEI,
      minPriorityFeePerGas: 1_000_000n,
      pollIntervalMs: within(blockTimeMs / 4, { min: 50, max: 2_000 }),
      replaceAfterMs: within(blockTimeMs * 3, { min: 4_000, max: 60_000 }),
      confirmations: 1,
      takeoverAfterMs: within(blockTimeMs * 10, { min: 30_000, max: 180_000 }),
    },
    prices: {
      moveBps: 50,
      ageShareBps: 5_000,
      pollIntervalMs: within(blockTimeMs, { min: 250, max: 5_000 }),
    },
    rpcTimeoutMs: 5_000,
    aggregatorTimeoutMs: 5_000,
    walletIntervalMs: within(blockTimeMs * 10, { min: 5_000, max: 60_000 }),
    walletLowWei: 2n * BATCH_GAS_CEILING * maxFeePerGasCap,
  };
}

function within(value: number, range: { readonly min: number; readonly max: number }): number {
  return Math.round(Math.min(range.max, Math.max(range.min, value)));
}
