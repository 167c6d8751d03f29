import type { Address, Hex } from '@surety/domain';
import { parseOutput } from '../answers/rpc-values.js';
import type { Operation } from '../call-budget.js';
import type { RpcProvider } from '../rpc-provider.js';
import { askQuorum } from './ask-quorum.js';

/** A contract call at a block, identified by its hash. */
export interface BlockCall {
  readonly to: Address;
  readonly input: Hex;
  readonly blockHash: Hex;
  /** True where a stranger's contract has a say in the answer, and may answer each node differently: the odd one out is no liar. */
  readonly mayDiffer?: boolean;
}

/**
 * Returns the output on which a quorum of providers agrees, as soon as they do. Without a receiver the input is code, and the output what
 * it returns. @throws NO_QUORUM, CALL_LIMIT.
 */
export function callAgreed(
  { to, input, blockHash, mayDiffer = false }: Omit<BlockCall, 'to'> & Partial<Pick<BlockCall, 'to'>>,
  {
    providers,
    quorum,
    ...operation
  }: Operation & { readonly providers: readonly RpcProvider[]; readonly quorum: number },
): Promise<Hex> {
  return askQuorum<Hex>({
    subject: `${to === undefined ? 'joined calls' : `a call of ${to}`} at block ${blockHash}`,
    providers,
    quorum,
    keyOf: (answer) => answer,
    mayDiffer: () => mayDiffer,
    ask: (provider) =>
      provider.call({
        method: 'eth_call',
        params: [{ ...(to === undefined ? {} : { to }), data: input }, { blockHash }],
        parse: parseOutput,
        ...operation,
      }),
  });
}
