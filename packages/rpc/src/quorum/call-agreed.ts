import { type Address, type Hex, bytesToHex, hexToBytes } from '@surety/domain';
import type { FinalBlock } from '@surety/workflows';
import { rpcError } from '../errors.js';
import type { Operation } from '../call-budget.js';
import type { RpcProvider } from '../rpc-provider.js';
import { askQuorum } from './ask-quorum.js';

/** Gives what a quorum answers to a call at a final block, named by its hash. @throws NO_QUORUM, CALL_LIMIT. */
export function callAgreed(
  { to, input, block }: { readonly to: Address; readonly input: Hex; readonly block: FinalBlock },
  {
    providers,
    quorum,
    ...operation
  }: Operation & { readonly providers: readonly RpcProvider[]; readonly quorum: number },
): Promise<Hex> {
  return askQuorum<Hex>({
    subject: `a call of ${to} at block ${block.height} of chain ${block.chainId}`,
    providers,
    quorum,
    keyOf: (answer) => answer,
    ask: (provider) =>
      provider.call({
        method: 'eth_call',
        params: [{ to, data: input }, { blockHash: block.hash }],
        parse: (result) => parseHex(result),
        ...operation,
      }),
  });
}

function parseHex(result: unknown): Hex {
  try {
    return bytesToHex(hexToBytes(result as Hex));
  } catch (cause) {
    throw rpcError('BAD_RESPONSE', 'the answer to eth_call is no hex text', { cause });
  }
}
