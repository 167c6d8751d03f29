import { AppError } from '@surety/domain';
import { CallBudget } from './call-budget.js';
import { rpcError } from './errors.js';
import { type Patience, firstWithin } from './first-within.js';
import { quorumSize } from './quorum/quorum-size.js';
import { ENDED, type RpcProvider } from './rpc-provider.js';

/** A JSON-RPC request without its id. */
export interface RpcRequest {
  readonly method: string;
  readonly params: readonly unknown[];
  readonly signal?: AbortSignal | undefined;
}

/** A provider's response: a result, or the RPC_ERROR with which it rejects the request. */
export type RpcAnswer =
  { readonly kind: 'result'; readonly result: unknown } | { readonly kind: 'refused'; readonly error: AppError };

/** The outcome of asking the providers in turn. */
export interface Turn {
  /** The result or revert that counts, with the index of its provider; undefined if no provider returned either. */
  readonly answer: (RpcAnswer & { readonly at: number }) | undefined;
  /** The failures of the other providers that were asked, in order: RPC_ERROR for a refusal. */
  readonly failures: readonly { readonly provider: RpcProvider; readonly error: unknown }[];
}

/** The request, and the proof of the chain id before it. */
const CALLS_MAX = 2;

/** Asks one provider; a refusal is returned, not thrown. @throws what {@link RpcProvider.call} throws. */
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

/** Error code of a reverted call. @source EIP-1474 as nodes use it */
const REVERTED = 3;

/** True if the contract reverted: every provider at the same block returns the same. */
export function isRevert({ context }: AppError): boolean {
  const { rpc_code: code, payload, detail } = context;
  return code === REVERTED || typeof payload === 'string' || /revert/i.test(String(detail));
}

/** True if a node's words say that a call uses up the gas that it is allowed. */
export function isOutOfGas(detail: string): boolean {
  return /gas required exceeds|out ?of ?gas/i.test(detail);
}

/** With which nodes refuse a block that they do not have yet. */
const UNKNOWN_WORDS = /(?:block|header).*not found|unknown (?:block|header)|could not be found|BlockOutOfRange/i;

/** True if a provider lacks the block in question: behind one address may stand several nodes, of which one lags. */
export function isUnknownBlock(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  const { code, context } = error;
  return code === 'UNKNOWN_BLOCK' || (code === 'RPC_ERROR' && UNKNOWN_WORDS.test(String(context['detail'])));
}

/**
 * Asks one provider after the other, starting at index `from`, until one returns a result or a revert. A provider that
 * refuses for another reason may lag behind the block in question, so the next one is asked, as after a failure. An
 * empty result counts only if no other provider returns more, or two thirds return the same. With `patience`, the next one is asked also while an earlier one is still
 * silent, and the first answer counts: only for requests that may be made twice.
 * @throws the signal's reason once it aborts.
 */
export async function askInTurn(
  providers: readonly RpcProvider[],
  from: number,
  request: RpcRequest,
  patience?: Patience,
): Promise<Turn> {
  const failures: { provider: RpcProvider; error: unknown }[] = [];
  const emptyAt: number[] = [];
  const waiting = new Map<number, Promise<Said>>();
  const settled = new AbortController();
  const { signal } = settled;
  // Not AbortSignal.any: the caller's signal may live as long as the process, and would keep some bytes of each request.
  const abandon = (): void => settled.abort(request.signal?.reason);
  if (request.signal?.aborted === true) abandon();
  request.signal?.addEventListener('abort', abandon, { once: true });
  let asked = 0;
  try {
    while ((asked < providers.length || waiting.size > 0) && emptyAt.length < quorumSize(providers.length)) {
      if (waiting.size === 0) askNext();
      // Nobody is left to ask beside the last one.
      const said = await firstWithin(waiting.values(), asked === providers.length ? undefined : patience);
      if (said === undefined) {
        askNext();
        continue;
      }
      const { at, answer, error } = said;
      waiting.delete(at);
      if (answer === undefined) {
        request.signal?.throwIfAborted();
        failures.push({ provider: providers[at] as RpcProvider, error });
      } else if (answer.kind === 'refused' && (emptyAt.length > 0 || !isRevert(answer.error))) {
        failures.push({ provider: providers[at] as RpcProvider, error: answer.error });
      } else if (isEmpty(request, answer)) emptyAt.push(at);
      else return { answer: { ...answer, at }, failures: [...failures, ...emptyAt.map(nothingAt)] };
    }
  } finally {
    request.signal?.removeEventListener('abort', abandon);
    settled.abort(ENDED);
  }
  const [first] = emptyAt;
  return { answer: first === undefined ? undefined : { kind: 'result', result: NO_BYTES, at: first }, failures };

  function askNext(): void {
    const at = (from + asked) % providers.length;
    asked += 1;
    const asking = askProvider(providers[at] as RpcProvider, { ...request, signal });
    waiting.set(
      at,
      asking.then(
        (answer) => ({ at, answer }),
        (error: unknown) => ({ at, error }),
      ),
    );
  }

  function nothingAt(at: number): Turn['failures'][number] {
    const provider = providers[at] as RpcProvider;
    const told = `${provider.name} answered ${request.method} with no bytes; expected those that another one has`;
    return { provider, error: provider.report(rpcError('INCOMPLETE', told)) };
  }
}

/** One provider's answer, or the reason why there is none. */
interface Said {
  readonly at: number;
  readonly answer?: RpcAnswer;
  readonly error?: unknown;
}

const NO_BYTES = '0x';

/** Code and view results are never empty at an address with a contract. */
function isEmpty({ method }: RpcRequest, answer: RpcAnswer): boolean {
  return (method === 'eth_call' || method === 'eth_getCode') && answer.kind === 'result' && answer.result === NO_BYTES;
}
