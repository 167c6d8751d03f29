import { AppError } from '@surety/domain';
import { RpcRequestError, type Transport, custom } from 'viem';
import { type RpcRequest, type Turn, askInTurn } from '../ask-in-turn.js';
import { describeError, rpcError } from '../errors.js';
import type { Patience } from '../first-within.js';
import type { RpcProvider } from '../rpc-provider.js';

/** Builds the error of a request that no provider answered. */
export type TellSilence = (method: string, failures: Turn['failures']) => Error;

/**
 * Creates a viem transport over a chain's providers: it stays with one until that one fails, then moves to the next.
 * Reads reject with UNAVAILABLE (retryable) if no provider answers, with RESPONSE_TOO_LARGE if each one's answer is, or with the error that `tellSilence` builds. With `patience`, a read is
 * handed to the next provider beside one that is still silent.
 */
export function providerTransport(
  providers: readonly RpcProvider[],
  tellSilence: TellSilence = unavailable,
  patience?: Patience,
): Transport {
  let preferred = 0;
  const request = async (asked: { method: string; params?: unknown }): Promise<unknown> => {
    const question = questionOf(asked);
    const { answer, failures } = await askInTurn(
      providers,
      preferred,
      question,
      isRead(question) ? patience : undefined,
    );
    if (answer?.kind === 'result') {
      preferred = answer.at;
      return answer.result;
    }
    if (answer !== undefined) throw refusalOf(question, answer.error);
    const refusal = failures.map(({ error }) => error).find(isRefusal);
    throw refusal === undefined ? tellSilence(question.method, failures) : refusalOf(question, refusal);
  };
  return custom({ request }, { retryCount: 0 });
}

/** True for a call that only reads: one that sends must not be repeated. */
function isRead({ method }: RpcRequest): boolean {
  return !method.startsWith('eth_send');
}

/** Converts a viem request. */
export function questionOf({ method, params }: { readonly method: string; readonly params?: unknown }): RpcRequest {
  return { method, params: Array.isArray(params) ? (params as readonly unknown[]) : [] };
}

/** Converts a refusal to viem's error type, from which viem decodes the revert. */
export function refusalOf({ method, params }: RpcRequest, { context }: AppError): RpcRequestError {
  const { rpc_code: code, detail, payload } = context;
  const error = { code: Number(code), message: String(detail), ...(payload === null ? {} : { data: payload }) };
  return new RpcRequestError({ body: { method, params }, error, url: '' });
}

function isRefusal(error: unknown): error is AppError {
  return error instanceof AppError && error.code === 'RPC_ERROR' && error.context['detail'] !== undefined;
}

function unavailable(method: string, failures: Turn['failures']): Error {
  const told = failures.map(({ provider, error }) => `${provider.name} ${describeError(error)}`).join('; ');
  const isTooLarge = ({ error }: Turn['failures'][number]): boolean =>
    error instanceof AppError && error.code === 'RESPONSE_TOO_LARGE';
  return rpcError(
    failures.length > 0 && failures.every(isTooLarge) ? 'RESPONSE_TOO_LARGE' : 'UNAVAILABLE',
    `none of ${failures.length} providers answered ${method}; expected one that does: ${told}`,
  );
}
