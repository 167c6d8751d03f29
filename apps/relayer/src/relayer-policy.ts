import { mulDivDown } from '@surety/domain';
import type { GasLimits, PayLimits, RelayIntervals } from '@surety/config';
import type { SendPolicy } from '@surety/transactions';
import { BATCH_GAS_CEILING, type PayPolicy, type PokePolicy, type RelayPolicy } from '@surety/workflows';

/** Payments of one vault that are under way at once: half of what a node keeps for one sender. */
const PAYMENTS_AT_ONCE = 8;

/** Figures of one relayer on one chain. */
export interface ChainPolicy {
  readonly relay: RelayPolicy;
  readonly send: SendPolicy;
  readonly prices: PokePolicy & { readonly pollIntervalMs: number };
  /** Longest wait for one provider's answer. */
  readonly rpcTimeoutMs: number;
  /** Milliseconds after which a provider is left that shows no new block. */
  readonly stillAfterMs: number;
  /** Longest wait for an aggregator's answer. */
  readonly aggregatorTimeoutMs: number;
  /** Pause between two looks at the wallet. */
  readonly walletIntervalMs: number;
  /** Wei below which the wallet counts as low: a fifth of a day's budget. */
  readonly walletLowWei: bigint;
}

/**
 * Returns the policy for a chain with this block time and these limits. Freshness is posted at half of `staleAfter`,
 * and prices at 0.5 % moves or half of their age, so one lost attempt of each still leaves time for another. Nonces are
 * watched until 64 blocks deep on a development chain, else until final.
 */
export function chainPolicy(chain: {
  readonly blockTimeMs: number;
  readonly development: boolean;
  readonly gas: GasLimits;
  readonly intervals: RelayIntervals;
}): ChainPolicy {
  const { blockTimeMs, gas, intervals } = chain;
  return {
    relay: {
      pollIntervalMs: intervals.pollMs ?? within(blockTimeMs / 4, { min: 100, max: 3_000 }),
      gasCeiling: BATCH_GAS_CEILING,
      refreshShareBps: 5_000,
    },
    send: {
      maxFeePerGasCap: gas.feeCapWei,
      maxPriorityFeePerGasCap: gas.tipCapWei,
      minPriorityFeePerGas: 1_000_000n,
      pollIntervalMs: within(blockTimeMs / 4, { min: 50, max: 2_000 }),
      replaceAfterMs: intervals.replaceAfterMs ?? within(blockTimeMs * 3, { min: 4_000, max: 60_000 }),
      confirmations: 1,
      takeoverAfterMs: within(blockTimeMs * 10, { min: 30_000, max: 180_000 }),
      finalDepth: chain.development ? 64 : 'finalized',
      budgetWeiPerDay: gas.budgetWeiPerDay,
    },
    prices: {
      moveBps: 50,
      ageShareBps: 5_000,
      pollIntervalMs: within(blockTimeMs, { min: 250, max: 5_000 }),
    },
    rpcTimeoutMs: 5_000,
    stillAfterMs: Math.max(4_000, 3 * blockTimeMs),
    aggregatorTimeoutMs: 5_000,
    walletIntervalMs: within(blockTimeMs * 10, { min: 5_000, max: 60_000 }),
    walletLowWei: mulDivDown(gas.budgetWeiPerDay, 1n, 5n),
  };
}

/** Returns the figures of paying at one vault. */
export function payPolicy(chain: { readonly blockTimeMs: number }, pay: PayLimits): PayPolicy {
  const pollIntervalMs = within(chain.blockTimeMs / 2, { min: 200, max: 3_000 });
  return { pollIntervalMs, mode: pay.mode, subsidyWei: pay.subsidyWei, parallel: PAYMENTS_AT_ONCE };
}

/** Pause in milliseconds between two looks at a source's parked credits: none is in a hurry, and each pass costs two calls. */
const UNPARK_POLL_MS = 30_000;

/** Returns the figures of unparking at the ledger: what the settlement chain's payments are paid by. */
export function unparkPolicy(pay: PayLimits): Omit<PayPolicy, 'parallel'> {
  return { pollIntervalMs: UNPARK_POLL_MS, mode: pay.mode, subsidyWei: pay.subsidyWei };
}

function within(value: number, range: { readonly min: number; readonly max: number }): number {
  return Math.round(Math.min(range.max, Math.max(range.min, value)));
}
