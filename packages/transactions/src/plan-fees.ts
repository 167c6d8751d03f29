import { mulDivDown, mulDivUp } from '@surety/domain';
import { REPLACEMENT_STEP_BPS, TIP_SHARE_BPS } from './limits.js';

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
 * one more than twice the usual tip. Part of the tip's cap is kept for replacements. Returns undefined if base fee and minimum tip alone exceed the cap.
 */
export function planFees(market: FeeMarket, policy: FeePolicy, isPressing = false): Fees | undefined {
  const room = policy.maxFeePerGasCap - market.baseFeePerGas;
  const least = min(policy.minPriorityFeePerGas, policy.maxPriorityFeePerGasCap);
  if (room < least || room < 0n) return undefined;
  const usual = max(market.tipPerGas, least);
  const wanted = isPressing ? 2n * usual + 1n : usual;
  const maxPriorityFeePerGas = min(min(wanted, tipWithoutReserve(policy)), room);
  const maxFeePerGas = min(policy.maxFeePerGasCap, 2n * market.baseFeePerGas + maxPriorityFeePerGas);
  return { maxFeePerGas, maxPriorityFeePerGas };
}

/**
 * Chooses the fees of a replacement: both at least an eighth above the last attempt's, as nodes require, or the
 * market's fees if those are higher. Returns undefined if that, or the market itself, exceeds a cap: the pending
 * attempt then waits and keeps its room to rise until it helps.
 */
export function planReplacementFees(last: Fees, market: FeeMarket, policy: FeePolicy): Fees | undefined {
  const fresh = planFees(market, policy);
  if (fresh === undefined) return undefined;
  const maxFeePerGas = max(fresh.maxFeePerGas, raised(last.maxFeePerGas));
  const maxPriorityFeePerGas = max(fresh.maxPriorityFeePerGas, raised(last.maxPriorityFeePerGas));
  if (maxFeePerGas > policy.maxFeePerGasCap || maxPriorityFeePerGas > policy.maxPriorityFeePerGasCap) return undefined;
  return { maxFeePerGas: max(maxFeePerGas, maxPriorityFeePerGas), maxPriorityFeePerGas };
}

/**
 * Chooses the fees of a replacement, and leaves the last steps of the tip to one that the base fee has overtaken: nodes
 * ask for more of both fees, so an attempt whose tip is at its cap stands until the base fee falls.
 */
export function planRise(last: Fees, market: FeeMarket, policy: FeePolicy): Fees | undefined {
  const fees = planReplacementFees(last, market, policy);
  if (fees === undefined || last.maxFeePerGas < market.baseFeePerGas + last.maxPriorityFeePerGas) return fees;
  return fees.maxPriorityFeePerGas <= tipWithoutReserve(policy) ? fees : undefined;
}

/** Names the cap that stops a replacement: the tip's, if there would be one without it. */
export function capOf(last: Fees, market: FeeMarket, policy: FeePolicy): 'tip' | 'fee' {
  const freeTip = { ...policy, maxPriorityFeePerGasCap: policy.maxFeePerGasCap };
  return planReplacementFees(last, market, freeTip) === undefined ? 'fee' : 'tip';
}

/** Largest tip of an attempt that the base fee has not overtaken; the smallest tip counts more than the reserve. */
function tipWithoutReserve({ maxPriorityFeePerGasCap, minPriorityFeePerGas }: FeePolicy): bigint {
  const share = mulDivDown(maxPriorityFeePerGasCap, TIP_SHARE_BPS, 10_000n);
  return max(share, min(minPriorityFeePerGas, maxPriorityFeePerGasCap));
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
