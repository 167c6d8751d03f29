import { type Address, type Bytes32, type Hex, bytes32, bytesToHex, hexToBytes, mulDivUp } from '@surety/domain';
import type { LocalAccount, PublicClient } from 'viem';
import { keccak256 } from '../hash.js';
import { deployError } from './errors.js';

/** Most that one transaction of a deployment may offer and use. */
export interface StepCeilings {
  /** Base fee and tip together, in wei per gas. */
  readonly feePerGasWei: bigint;
  /** The tip alone, in wei per gas: all that a provider which lies about fees can make a deployment lose for each gas. */
  readonly tipPerGasWei: bigint;
  readonly gas: bigint;
}

/**
 * Ceilings unless others are given: above them a person should look before money is spent. No transaction of Ethereum may use
 * more gas.
 * @source EIP-7825
 */
export const STEP_CEILINGS: StepCeilings = {
  feePerGasWei: 200_000_000_000n,
  tipPerGasWei: 5_000_000_000n,
  gas: 16_777_216n,
};

/** One transaction to sign, and the chain that it is for by the plan. */
export interface UnsignedStep {
  readonly chainId: number;
  readonly to: Address;
  readonly data: Hex;
  readonly text: string;
}

/**
 * Signs one transaction for the plan's chain and no other. The provider is asked for nonce, gas, base fee and tip, each by
 * itself, and fills nothing in: whoever fills a transaction chooses what the key pays, and for which chain it signs.
 * @throws ACT_FAILED before signing if the chain has no base fee, or gas or fees are above their ceilings.
 */
export async function signStep(
  { reader, account, ceilings }: { reader: PublicClient; account: LocalAccount; ceilings: StepCeilings },
  { chainId, to, data, text }: UnsignedStep,
): Promise<{ readonly raw: Hex; readonly txHash: Bytes32 }> {
  // By the time a call is mined it may write what it did not when it was estimated: a price of a later second, for one.
  const gas = mulDivUp(await reader.estimateGas({ account: account.address, to, data }), 5n, 4n);
  const [{ baseFeePerGas }, tip, nonce] = await Promise.all([
    reader.getBlock({ blockTag: 'latest' }),
    reader.estimateMaxPriorityFeePerGas(),
    reader.getTransactionCount({ address: account.address, blockTag: 'pending' }),
  ]);
  if (baseFeePerGas === null)
    throw deployError('ACT_FAILED', `${text}: the newest block has no base fee; expected a chain with EIP-1559`);
  const least = baseFeePerGas + tip;
  const offers = [
    { what: 'gas', seen: gas, most: ceilings.gas, option: '--gas-max' },
    { what: 'wei of tip', seen: tip, most: ceilings.tipPerGasWei, option: '--tip-max-gwei' },
    { what: 'wei of base fee and tip', seen: least, most: ceilings.feePerGasWei, option: '--fee-max-gwei' },
  ];
  for (const { what, seen, most, option } of offers) {
    if (seen > most)
      throw deployError(
        'ACT_FAILED',
        `${text}: the provider of chain ${chainId} asks for ${seen} ${what}; expected at most ${most}: compare it with another provider, then wait, correct the URL or raise ${option}`,
      );
  }
  const roomy = 2n * baseFeePerGas + tip;
  const raw = await account.signTransaction({
    type: 'eip1559',
    chainId,
    nonce,
    to,
    data,
    gas,
    maxFeePerGas: roomy < ceilings.feePerGasWei ? roomy : ceilings.feePerGasWei,
    maxPriorityFeePerGas: tip,
  });
  return { raw, txHash: bytes32(bytesToHex(keccak256(hexToBytes(raw)))) };
}
