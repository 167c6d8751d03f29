import type { Address, Hex } from '@surety/domain';
import { encodeErrorResult, parseAbi } from 'viem';

const abi = parseAbi([
  'error OffchainLookup(address sender, string[] urls, bytes callData, bytes4 callbackFunction, bytes extraData)',
]);

/** Encodes the revert of a contract that wants its caller to fetch an address. @source EIP-3668 */
export function offchainLookup(sender: Address, url: string): Hex {
  const args = [sender, [url], '0xdeadbeef', '0x11223344', '0x'] as const;
  return encodeErrorResult({ abi, errorName: 'OffchainLookup', args });
}
