import type { Keccak256 } from '@surety/domain';
import { bareBlock } from './bare-block.js';
import { type ServedProvider, serveJsonRpc } from './serve-json-rpc.js';

/** Serves a chain of empty blocks, and a final height, on a free port. */
export function serveFinalBlocks(
  { chainId, final }: { readonly chainId: number; readonly final: bigint },
  keccak256: Keccak256,
): Promise<ServedProvider> {
  return serveJsonRpc((method, [tag]) => {
    if (method === 'eth_chainId') return { result: `0x${chainId.toString(16)}` };
    return { result: bareBlock(tag === 'finalized' ? final : BigInt(String(tag)), keccak256) };
  });
}
