import { AppError } from '@surety/domain';
import { CallBudget } from './call-budget.js';
import { rpcError } from './errors.js';
import type { RpcProvider } from './rpc-provider.js';

/** A question in the words of JSON-RPC. */
export interface RpcRequest {
  readonly method: string;
  readonly params: readonly unknown[];
  readonly signal?: AbortSignal | undefined;
}

/** What one provider says to a question: a result, or an RPC_ERROR with which it refuses the question. */
export type RpcAnswer =
  { readonly kind: 'result'; readonly result: unknown } | { readonly kind: 'refused'; readonly error: AppError };

/** What asking the providers in turn came to. */
export interface Turn {
  /** What counts, and whose it is: a result or a revert; undefined if nobody gave either. */
  readonly answer: (RpcAnswer & { readonly at: number }) | undefined;
  /** What the others that were asked gave instead, in order: RPC_ERROR for a refusal. */
  readonly failures: readonly { readonly provider: RpcProvider; readonly error: unknown }[];
}

/** A call, and the proof of the chain id before it. */
const CALLS_MAX = 2;

/** Asks one provider; that it refuses is an answer. @throws what {@link RpcProvider.call} throws. */
export function askProvider(provider: RpcProvider, { method, params, signal }: RpcRequest): Promise<RpcAnswer> {
  return provider.call<RpcAnswer>({
    method,
    params,
    parse: (result) => ({ kind: 'result', result }),
    refused: (error) => ({ kind: 'refused', error }),
    budget: new CallBudget(method, CALLS_MAX),
    signal,
  });
}

/** Code of a call that its contract refused. @source EIP-1474 as nodes use it */
const REVERTED = 3;

/** Says whether a refusal is the contract's: the same at every provider that stands at the same block. */
export function isRevert({ context }: AppError): boolean {
  const { rpc_code: code, payload, detail } = context;
  return code === REVERTED || typeof payload === 'string' || /revert/i.test(String(detail));
}

/**
 * Asks one provider after the other, from a place in their list on, until one gives a result or a revert. Who refuses the
 * question otherwise may lag behind the block that it is about, so the next one is asked, as after a failure. So may one
 * that answers that nothing is there: that counts only if nobody shows more.
 * @throws the signal's reason once it aborts.
 */
export async function askInTurn(providers: readonly RpcProvider[], from: number, request: RpcRequest): Promise<Turn> {
  const failures: { provider: RpcProvider; error: unknown }[] = [];
  const emptyAt: number[] = [];
  for (const step of providers.keys()) {
    const at = (from + step) % providers.length;
    const provider = providers[at] as RpcProvider;
    try {
      const answer = await askProvider(provider, request);
      if (answer.kind === 'refused' && (emptyAt.length > 0 || !isRevert(answer.error))) throw answer.error;
      if (isEmpty(request, answer)) emptyAt.push(at);
      else return { answer: { ...answer, at }, failures: [...failures, ...emptyAt.map(nothingAt)] };
    } catch (error) {
      request.signal?.throwIfAborted();
      failures.push({ provider, error });
    }
  }
  const [first] = emptyAt;
  return { answer: first === undefined ? undefined : { kind: 'result', result: NO_BYTES, at: first }, failures };

  function nothingAt(at: number): Turn['failures'][number] {
    const provider = providers[at] as RpcProvider;
    const told = `${provider.name} answered ${request.method} with no bytes; expected those that another one has`;
    return { provider, error: provider.report(rpcError('INCOMPLETE', told)) };
  }
}

const NO_BYTES = '0x';

/** Code and the output of a view are never empty where a contract stands. */
function isEmpty({ method }: RpcRequest, answer: RpcAnswer): boolean {
  return (method === 'eth_call' || method === 'eth_getCode') && answer.kind === 'result' && answer.result === NO_BYTES;
}
