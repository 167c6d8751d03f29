import { attesterSetAbi } from '@surety/contracts';
import type { Hex } from '@surety/domain';
import { decodeFunctionData, encodeFunctionResult, keccak256, numberToHex, toFunctionSelector } from 'viem';
import { serveMethods } from './serve-landing.js';

/** A chain's attester set in epoch 1, as one provider of that chain shows it. */
export interface ServedVerifier {
  readonly chainId: number;
  readonly members: readonly Hex[];
  /** Nobody has halted the edge if left out. */
  readonly isHalted?: boolean;
  /** Nonce of the edge's next halt, 0 unless given. */
  readonly nonce?: bigint;
  /** Wei of every wallet, plenty unless given. */
  readonly walletWei?: bigint;
  /** Answers every view with this instead. */
  readonly bytes?: Hex;
}

const HALT = toFunctionSelector('halt(bytes32,uint64,uint32,bytes,bytes32)');

/** Starts a provider on which whatever is sent lands, unless it shows the edge as halted; `closing` gets what ends it. */
export function serveVerifier(verifier: ServedVerifier, closing: (() => void)[]): Promise<string> {
  let sent: Hex | undefined;
  const refused = verifier.isHalted === true ? { reverted: '0x' } : undefined;
  return serveMethods((method, [first]) => {
    switch (method) {
      case 'eth_chainId':
        return numberToHex(verifier.chainId);
      case 'eth_blockNumber':
        return '0x6a';
      case 'eth_getBlockByNumber':
        return { number: '0x6a', timestamp: '0x65000000', baseFeePerGas: '0x1' };
      case 'eth_getBalance':
        return numberToHex(verifier.walletWei ?? 10n ** 18n);
      case 'eth_getTransactionCount':
        return sent === undefined ? '0x0' : '0x1';
      case 'eth_call':
        return (first as Called).data.startsWith(HALT) ? (refused ?? '0x') : viewOf(verifier, (first as Called).data);
      case 'eth_sendRawTransaction':
        return (sent = keccak256(first as Hex));
      case 'eth_getTransactionByHash':
        return sent === undefined ? null : { hash: sent };
      case 'eth_getTransactionReceipt':
        return sent === undefined ? null : receiptOf(sent);
      default:
        return refused ?? '0x10000';
    }
  }, closing);
}

interface Called {
  readonly data: Hex;
}

function viewOf({ bytes, members, isHalted = false, nonce = 0n }: ServedVerifier, data: Hex): Hex {
  const { functionName } = decodeFunctionData({ abi: attesterSetAbi, data });
  const values: Record<string, unknown> = { haltOf: [isHalted, nonce, 0], epoch: 1, members, suspended: 0 };
  const result = values[functionName] as never;
  return bytes ?? encodeFunctionResult({ abi: attesterSetAbi, functionName, result });
}

function receiptOf(transactionHash: Hex): object {
  return {
    transactionHash,
    blockHash: `0x${'ab'.repeat(32)}`,
    blockNumber: '0x6a',
    gasUsed: '0x1',
    effectiveGasPrice: '0x1',
    status: '0x1',
    logs: [],
  };
}
