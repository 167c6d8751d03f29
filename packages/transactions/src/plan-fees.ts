import { mulDivUp } from '@surety/domain';
import { OVERTAKEN_TIP_CAPS, REPLACEMENT_STEP_BPS } from './limits.js';

/** Limits on a transaction's fees, in wei per gas. */
export interface FeePolicy {
  /** Largest sum of base fee and tip. */
  readonly maxFeePerGasCap: bigint;
  /** Largest tip for the block's builder. */
  readonly maxPriorityFeePerGasCap: bigint;
  /** Smallest tip for the block's builder. */
  readonly minPriorityFeePerGas: bigint;
}

/** Current market fees, in wei per gas. */
export interface FeeMarket {
  readonly baseFeePerGas: bigint;
  readonly tipPerGas: bigint;
}

/** Fees of one transaction, in wei per gas. @source EIP-1559 */
export interface Fees {
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

/**
 * Chooses the fees of a first attempt: room for the base fee to double, within the caps, and for a pressing
 * one more than twice the usual tip. Returns undefined if base fee and minimum tip alone exceed the cap.
 */
export function planFees(market: FeeMarket, policy: FeePolicy, isPressing = false): Fees | undefined {
  const room = policy.maxFeePerGasCap - market.baseFeePerGas;
  const least = min(policy.minPriorityFeePerGas, policy.maxPriorityFeePerGasCap);
  if (room < least || room < 0n) return undefined;
  const usual = max(market.tipPerGas, least);
  const wanted = isPressing ? 2n * usual + 1n : usual;
  const maxPriorityFeePerGas = min(min(wanted, policy.maxPriorityFeePerGasCap), room);
  const maxFeePerGas = min(policy.maxFeePerGasCap, 2n * market.baseFeePerGas + maxPriorityFeePerGas);
  return { maxFeePerGas, maxPriorityFeePerGas };
}

/**
 * Chooses the fees of a replacement: both at least an eighth above the last attempt's, as nodes require, or the
 * market's fees if those are higher. Returns undefined if that, or the market itself, exceeds a cap: the pending
 * attempt then waits and keeps its room to rise until it helps.
 */
export function planReplacementFees(last: Fees, market: FeeMarket, policy: FeePolicy): Fees | undefined {
  return raise(last, planFees(market, policy), policy);
}

function raise(last: Fees, fresh: Fees | undefined, policy: FeePolicy): Fees | undefined {
  if (fresh === undefined) return undefined;
  const maxFeePerGas = max(fresh.maxFeePerGas, raised(last.maxFeePerGas));
  const maxPriorityFeePerGas = max(fresh.maxPriorityFeePerGas, raised(last.maxPriorityFeePerGas));
  if (maxFeePerGas > policy.maxFeePerGasCap || maxPriorityFeePerGas > policy.maxPriorityFeePerGasCap) return undefined;
  return { maxFeePerGas: max(maxFeePerGas, maxPriorityFeePerGas), maxPriorityFeePerGas };
}

/**
 * Chooses the fees of a replacement, and lets the tip pass its cap where the base fee has overtaken the last attempt: nodes
 * ask for more of both fees, so one whose tip is at its cap would stand until the base fee falls. The fee cap holds.
 */
export function planRise(last: Fees, market: FeeMarket, policy: FeePolicy): Fees | undefined {
  const isOvertaken = last.maxFeePerGas < market.baseFeePerGas + last.maxPriorityFeePerGas;
  const cap = policy.maxPriorityFeePerGasCap * (isOvertaken ? OVERTAKEN_TIP_CAPS : 1n);
  return raise(last, planFees(market, policy), { ...policy, maxPriorityFeePerGasCap: cap });
}

/** Names the cap that stops a replacement: the tip's, if there would be one without it. */
export function capOf(last: Fees, market: FeeMarket, policy: FeePolicy): 'tip' | 'fee' {
  const freeTip = { ...policy, maxPriorityFeePerGasCap: policy.maxFeePerGasCap };
  return planReplacementFees(last, market, freeTip) === undefined ? 'fee' : 'tip';
}

function raised(fee: bigint): bigint {
  return max(mulDivUp(fee, REPLACEMENT_STEP_BPS, 10_000n), fee + 1n);
}

function min(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}

function max(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}
