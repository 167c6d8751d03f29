import { type Rpc, transactionError } from '@surety/transactions';
import { RpcRequestError } from 'viem';
import { innerError } from '../errors.js';
import { openAgreedReader } from './open-agreed.js';
import { type SpendingChain, openRpc } from './open-sender.js';

/**
 * Opens JSON-RPC whose calls and newest block are those of two thirds of the providers, too: for an answer by which a person decides. A single
 * provider is asked as {@link openRpc} does. @throws NO_PROVIDER; what is asked, PROVIDER_FAILED and NO_QUORUM (try again).
 */
export function openAgreedRpc(place: SpendingChain): Rpc {
  const rpc = openRpc(place);
  if (place.endpoints.length === 1) return rpc;
  const reader = openAgreedReader(place);
  return {
    ...rpc,
    async call(method, params, signal) {
      if (method !== 'eth_call' && !method.startsWith('eth_getBlockBy')) return rpc.call(method, params, signal);
      try {
        return await reader.request({ method, params } as never);
      } catch (failure) {
        throw refusalIn(failure, place, method) ?? innerError(failure);
      }
    },
  };
}

/** Returns a refusal of the call itself as JSON-RPC tells it, from the errors of viem around it. */
function refusalIn(failure: unknown, { chain }: SpendingChain, method: string): Error | undefined {
  let known = failure;
  while (known instanceof Error && !(known instanceof RpcRequestError)) known = known.cause;
  if (!(known instanceof RpcRequestError)) return undefined;
  const { code, details, data = null } = known;
  const context = { method, rpc_code: code, detail: details, payload: data as string | null };
  return transactionError('RPC_REFUSED', `providers of ${chain.name} refused ${method}: ${details}`, context, failure);
}
